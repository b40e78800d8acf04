import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useMatch } from 'react-router';
import { useFeed } from '../feed/FeedProvider';
import { useSession } from '../session/session';
import { useCentre } from './phone';
import { MicrophoneTest } from './MicrophoneTest';
import { PhoneNotice } from './PhoneNotice';
import { PhoneStrip } from './PhoneStrip';

/** In the shell, so that no change of view ends a call: the phone lives as long as the page and the session. */
export function PhoneKeeper() {
  const session = useSession();
  const account = session !== null && session.operator !== null && session.phone === 'web' && !session.must_change ? session.account : null;
  const [centre, { state }] = useCentre();
  const busy = state.call !== null || state.consult !== null;
  const onDesk = useDeskInstead();
  useEffect(() => {
    // Not ended when this goes out of the page: what breaks in drawing must not cut a talk.
    if (account !== null) centre.keep(account);
    else if (session !== null && !busy) centre.stop(); // the seat was given to somebody else, say
  }, [centre, account, session, busy]);
  useUnloadWarning();
  useRingingTitle();
  if (account === null) return null;
  return (
    <>
      <PhoneNotice />
      {!onDesk && <PhoneStrip />}
      <MicrophoneTest account={account} />
    </>
  );
}

/** Whether the desk is drawn: it has the strip's controls, larger. */
export function useDeskInstead(): boolean {
  const there = useFeed(({ line, link }) => line !== null && link.state !== 'denied');
  return useMatch('/desk') !== null && there;
}

/** The browser asks before the page goes, while anybody is on the line. */
function useUnloadWarning(): void {
  const [, { state }] = useCentre();
  const busy = (state.call !== null && state.call.phase !== 'ringing') || state.consult !== null;
  useEffect(() => {
    if (!busy) return;
    const warn = (event: BeforeUnloadEvent): void => { event.preventDefault(); };
    window.addEventListener('beforeunload', warn);
    return () => { window.removeEventListener('beforeunload', warn); };
  }, [busy]);
}

/** Seen on the tab, should the page be behind another. */
function useRingingTitle(): void {
  const { t } = useTranslation();
  const [, { state }] = useCentre();
  const rings = state.call?.phase === 'ringing';
  const from = state.call?.from ?? '';
  useEffect(() => {
    if (!rings) return;
    const before = document.title;
    document.title = `☎ ${t('phone.ringing')} ${from}`;
    return () => { document.title = before; };
  }, [rings, from, t]);
}
