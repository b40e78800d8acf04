import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { writeCard } from '../api/desk';
import { sameList, useFeed } from '../feed/FeedProvider';
import { type PhoneView, usePhone } from '../phone/phone';
import { type Session, useSession } from '../session/session';
import { CallArea } from './CallArea';
import { CallBacks, CallBacksCount } from './CallBacks';
import { CardForm } from './CardForm';
import { DeskHelp } from './DeskHelp';
import { KeyBar } from './KeyBar';
import { CardKeeper } from './keeper';
import { useDeskKeys } from './keys';
import { callIdOf, middleOf } from './mine';
import { Quiet } from './Quiet';
import { Todo } from './Todo';
import { Unsaved } from './Unsaved';
import { WaitList } from './WaitList';
import { WrapUp } from './WrapUp';
import { useTextSize } from './textSize';
import style from './desk.module.css';

/** The operator's desk: who waits, the call, what to do. */
export function DeskPage() {
  const { t } = useTranslation();
  const session = useSession();
  const there = useFeed(({ line }) => line !== null);
  if (session !== null && session.operator === null) {
    return <div className={style.absent}><h2>{t('desk.no_seat')}</h2><p>{t('desk.no_seat_long')}</p></div>;
  }
  if (session === null || session.operator === null || !there) return <Loading />;
  return <Desk session={session} operator={session.operator} />;
}

function Desk({ session, operator }: { session: Session; operator: string }) {
  const phone = usePhone();
  const [middle, told] = useShown(operator, phone);
  const callId = useKept(middle, told);
  const keeper = useKeeper(session.account);
  useDeskKeys();
  const large = useTextSize() === 'large';
  const quiet = middle === 'quiet';
  return (
    <div className={style.desk} data-middle={middle} data-text={large ? 'large' : undefined} data-testid="desk">
      <div className={style.left}>
        <WaitList />
        {!quiet && <CallBacksCount />}
      </div>
      {quiet ? <Quiet operator={operator} /> : <CallArea callId={callId} operator={operator} ringing={middle === 'ringing'} />}
      {middle === 'wrap_up' && <WrapUp operator={operator} callId={callId} />}
      {quiet ? <CallBacks operator={operator} /> : <Todo callId={callId} operator={operator} wrapUp={middle === 'wrap_up'} />}
      {callId !== null && middle !== 'ringing' && <CardForm key={callId} callId={callId} keeper={keeper} />}
      <footer className={style.foot}>
        <Unsaved keeper={keeper} shown={callId} />
        <KeyBar key={callId} operator={operator} callId={callId} middle={middle} />
      </footer>
      <DeskHelp />
    </div>
  );
}

/** The call of a wrap-up stays although it leaves the live picture meanwhile. */
function useKept(middle: Shown[0], told: string | null): string | null {
  const [kept, keep] = useState<string | null>(null);
  if (told !== null && told !== kept) keep(told);
  return middle === 'wrap_up' ? (told ?? kept) : told;
}

type Shown = readonly [ReturnType<typeof middleOf>, string | null];

/** What the middle shows, and of which call. Drawn again only when that changes, not with every word. */
function useShown(operator: string, phone: PhoneView): Shown {
  const { call } = phone;
  const leg = call === null ? null : { id: call.id, phase: call.phase, direction: call.direction };
  return useFeed<Shown>(({ line }) => {
    const desk = line?.desks.get(operator) ?? null;
    const middle = middleOf(desk, leg);
    return [middle, callIdOf(middle, desk, leg, line?.calls ?? new Map())];
  }, sameList as (one: Shown, other: Shown) => boolean);
}

function useKeeper(account: string): CardKeeper {
  const keeper = useMemo(() => new CardKeeper(account, shelf(), writeCard), [account]);
  useEffect(() => {
    keeper.start();
    window.addEventListener('pagehide', keeper.flush);
    return () => {
      window.removeEventListener('pagehide', keeper.flush);
      keeper.stop();
    };
  }, [keeper]);
  return keeper;
}

function shelf(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null; // a browser that keeps nothing: the page itself still holds what is typed
  }
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className={style.desk} data-middle="quiet" aria-busy="true">
      {[5, 4, 4].map((rows, column) => (
        <div key={column} className={[style.left, style.middle, style.right][column]} style={{ padding: 16 }}>
          <p className="quiet">{column === 0 ? t('loading') : '\u00a0'}</p>
          {Array.from({ length: rows }, (_, row) => <div key={row} className="skeleton" style={{ height: 40, margin: '0 0 10px' }} />)}
        </div>
      ))}
    </div>
  );
}
