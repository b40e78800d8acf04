import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { extendWrapUp } from '../api/desk';
import type { Desk } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { phone } from '../line/format';
import { useFailure } from '../line/words';
import { Key } from './Key';
import { countdown } from './mine';
import { useCallFacts } from './useDeskCall';
import style from './wrapup.module.css';

const STEP_S = 30;

/** After the call: how long nobody rings, longer by one key, ready by one. The card stands beneath. */
export function WrapUp({ operator, callId }: { operator: string; callId: string | null }) {
  const { t } = useTranslation();
  const desk = useFeed(({ line }) => line?.desks.get(operator));
  const call = useCallFacts(callId);
  const sending = useMutation({ mutationFn: extendWrapUp });
  const failure = useFailure(sending.error);
  if (desk === undefined) return null;
  return (
    <section className={style.wrapup} aria-label={t('desk.wrap_up')} data-testid="wrap-up">
      <Ring desk={desk} />
      <div className={style.words}>
        <h2>{t('desk.wrap_up')}{call !== undefined && call.number !== '' && <span className="tabular quiet"> {phone(call.number)}</span>}</h2>
        <p className="quiet">{failure === '' ? t(call?.category === null ? 'desk.wrap_up_ask' : 'desk.wrap_up_long') : <b role="status">{failure}</b>}</p>
      </div>
      <div className={style.keys}>
        <Key hotkey="KeyR" shown="R" look="main" busy={sending.isPending} onPress={() => { sending.mutate(0); }}>{t('desk.be_ready')}</Key>
        <Key hotkey="Plus" shown="+" busy={sending.isPending} onPress={() => { sending.mutate(STEP_S); }}>{t('desk.extend', { s: STEP_S })}</Key>
      </div>
    </section>
  );
}

const R = 24;
const AROUND = 2 * Math.PI * R;

function Ring({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const { left_s, share } = countdown(desk, useNow());
  return (
    <div className={style.ring} role="timer" aria-label={t('desk.left', { s: left_s })} title={t('desk.left', { s: left_s })}>
      <svg viewBox="0 0 56 56" aria-hidden>
        <circle cx="28" cy="28" r={R} className={style.whole} />
        <circle cx="28" cy="28" r={R} className={style.rest} strokeDasharray={AROUND} strokeDashoffset={AROUND * (1 - share)} />
      </svg>
      <b className="tabular">{left_s}</b>
    </div>
  );
}
