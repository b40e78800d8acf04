import { Menu, UnstyledButton } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { LANGUAGES, speak } from '../i18n';
import { askFor } from '../parts/sheets';
import { usePhone } from '../phone/phone';
import { mayDo, type Session, signOut, useSession } from './session';
import style from './session.module.css';

/** Who I am, what is mine to set, and the way out. Nothing while nobody is signed in. */
export function SessionMenu() {
  const { t } = useTranslation();
  const session = useSession();
  useOwnLanguage(session);
  if (session === null) return null;
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }} width={260}>
      <Menu.Target>
        <UnstyledButton className={style.who} data-testid="session">{session.display_name} <span aria-hidden>▾</span></UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label><Facts session={session} /></Menu.Label>
        <Menu.Divider />
        {session.operator !== null && <Menu.Item component={Link} to="/desk">{t('desk.to_desk')}</Menu.Item>}
        {(session.operator === null || mayDo(session, 'supervisor')) && <Menu.Item component={Link} to="/">{t('desk.to_line')}</Menu.Item>}
        {session.operator !== null && session.phone === 'web' && (
          <Menu.Item onClick={() => { askFor('microphone'); }}>{t('session.microphone')}</Menu.Item>
        )}
        <Menu.Item onClick={() => { askFor('password'); }}>{t('session.password')}</Menu.Item>
        {mayDo(session, 'administrator') && <Menu.Item component={Link} to="/accounts">{t('session.accounts')}</Menu.Item>}
        {mayDo(session, 'supervisor') && <Menu.Item component={Link} to="/audit">{t('session.audit')}</Menu.Item>}
        <Menu.Divider />
        <SignOut />
      </Menu.Dropdown>
    </Menu>
  );
}

function Facts({ session }: { session: Session }) {
  const { t } = useTranslation();
  const phone = session.phone === 'web' ? t('session.phone_web') : t('session.phone_desk');
  return (
    <>
      {t('session.menu', { name: session.account })}<br />
      {session.roles.map((role) => t(`session.role.${role}`)).join(', ')}<br />
      {session.operator === null ? t('session.no_seat') : `${t('session.seat', { seat: session.operator })}, ${phone}`}
    </>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const { call } = usePhone();
  const talks = call !== null && call.phase !== 'ringing';
  return (
    <Menu.Item
      disabled={talks}
      onClick={() => {
        void signOut().catch(() => undefined).then(() => { location.assign('/enter'); });
      }}
    >
      {talks ? t('session.in_talk') : t('session.sign_out')}
    </Menu.Item>
  );
}

/** At a new workplace the page speaks what the account chose elsewhere. Then the switch in the bar decides. */
function useOwnLanguage(session: Session | null): void {
  const language = LANGUAGES.find((known) => known === session?.language);
  const account = session?.account;
  useEffect(() => {
    if (language !== undefined) speak(language);
  }, [account, language]);
}
