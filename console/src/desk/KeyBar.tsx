import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFeed } from '../feed/FeedProvider';
import { type PhoneView, usePhone } from '../phone/phone';
import { Key } from './Key';
import type { Middle } from './mine';
import { useTargetName } from './targets';
import { Transfer } from './Transfer';
import style from './desk.module.css';

const MEANT_MS = 1000; // F2 pressed to answer must not end what answered itself a moment before

interface Props { operator: string; callId: string | null; middle: Middle }

/** The foot: what can be done with the call, each with its key. Nothing here while there is no call. */
export function KeyBar({ operator, callId, middle }: Props) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [transferring, transfer] = useState(false);
  const deskPhone = useFeed(({ line }) => line?.desks.get(operator)?.phone === 'desk');
  const end = useMeant(phone);
  const { call, consult } = phone;
  if (middle !== 'talking') return <div className={style.keybar}><span className="quiet">{t('desk.keys_hint')}</span></div>;
  if (consult !== null) return <Consulting phone={phone} />;
  const held = call?.phase === 'held';
  return (
    <>
      {transferring && <Transfer operator={operator} callId={callId} done={() => { transfer(false); }} />}
      <div className={style.keybar} data-testid="key-bar" hidden={transferring && call === null}>
        {call !== null && (
          <>
            <Key hotkey="F2" shown="F2" onPress={end}>{t('desk.end')}</Key>
            <Key hotkey="F3" shown="F3" pressed={held} onPress={() => { phone.hold(!held); }}>{t(held ? 'desk.unhold' : 'desk.hold')}</Key>
            <Key hotkey="F4" shown="F4" pressed={call.muted} onPress={() => { phone.mute(!call.muted); }}>{t(call.muted ? 'desk.unmute' : 'desk.mute')}</Key>
          </>
        )}
        {!transferring && <Key hotkey="F6" shown="F6" onPress={() => { transfer(true); }}>{t('desk.transfer')}</Key>}
        {call !== null && <Tones phone={phone} />}
        {call === null && deskPhone && <span className="quiet">{t('desk.on_desk_phone')}</span>}
      </div>
    </>
  );
}

function useMeant(phone: PhoneView): () => void {
  const began = useRef<number | null>(null);
  const { call } = phone;
  const id = call === null || call.phase === 'ringing' ? null : `${call.id}${call.from}`;
  useEffect(() => {
    began.current = id === null ? null : performance.now();
  }, [id]);
  return () => {
    if (began.current !== null && performance.now() - began.current >= MEANT_MS) phone.hangUp();
  };
}

/** The caller is held while a colleague is asked. */
function Consulting({ phone }: { phone: PhoneView }) {
  const { t } = useTranslation();
  const nameOf = useTargetName();
  const { consult } = phone;
  if (consult === null) return null;
  const talks = consult.phase === 'talking';
  return (
    <div className={style.keybar} data-testid="consult">
      <b>{t(talks ? 'desk.consulting' : 'desk.consult_rings', { who: nameOf(consult.to) })}</b>
      <Key hotkey="F6" shown="F6" look="main" busy={!talks} onPress={phone.completeConsult}>{t('desk.join')}</Key>
      <Key hotkey="F2" shown="F2" onPress={phone.cancelConsult}>{t('desk.cancel_consult')}</Key>
    </div>
  );
}

const TONES = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** Tones for what answers by machine at the other end. */
function Tones({ phone }: { phone: PhoneView }) {
  const { t } = useTranslation();
  return (
    <details className={style.tones}>
      <summary>{t('desk.tones')}</summary>
      <div>{TONES.map((tone) => <Key key={tone} onPress={() => { phone.dtmf(tone); }}>{tone}</Key>)}</div>
    </details>
  );
}
