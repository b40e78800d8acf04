import { useMutation } from '@tanstack/react-query';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { type CallBackDo, changeCallBack, ringBack } from '../api/desk';
import type { Call, CallBack } from '../api/types';
import { sameList, useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { hour, phone, span } from '../line/format';
import { useFailure } from '../line/words';
import { Key } from './Key';
import { CALL_BACKS_ID } from './keys';
import { SentAway } from './SentAway';
import { aboutCall, soonestFirst } from './tasks';
import style from './callbacks.module.css';

/** While no call is here: callers who gave up or said nothing, the next to be called first, with owner and deadline. */
export function CallBacks({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const tasks = useFeed(({ line }) => soonestFirst(line?.call_backs.values() ?? [], operator), sameList);
  return (
    <aside className={style.column} aria-label={t('desk.call_backs')}>
      <SentAway operator={operator} except={null} />
      <h2 className={style.head}>{t('desk.call_backs')} <span className="tabular">{tasks.length}</span></h2>
      {tasks.length === 0 && <p className={style.empty}>{t('desk.call_backs_empty')}</p>}
      <ul id={CALL_BACKS_ID} className={style.list} data-testid="call-backs">
        {tasks.map((task) => <Task key={task.call_id} task={task} operator={operator} />)}
      </ul>
    </aside>
  );
}

/** During a call only how many there are. */
export function CallBacksCount() {
  const { t } = useTranslation();
  const open = useFeed(({ line }) => [...(line?.call_backs.values() ?? [])].filter((task) => task.done === null).length);
  return <p className={style.count}>{t('desk.call_backs')} <b className="tabular">{open}</b></p>;
}

/** While a call-back is on the line or just over: how it ended is said where one looks. */
export function OwnTask({ call, operator }: { call: Call | undefined; operator: string }) {
  const { t } = useTranslation();
  const tasks = useFeed(({ line }) => aboutCall(line?.call_backs.values() ?? [], operator, call), sameList);
  if (tasks.length === 0) return null;
  return (
    <section aria-label={t('desk.call_backs')}>
      <h2 className={style.head}>{t('desk.call_backs')}</h2>
      <ul className={style.list}>{tasks.map((task) => <Task key={task.call_id} task={task} operator={operator} />)}</ul>
    </section>
  );
}

const Task = memo(function Task({ task, operator }: { task: CallBack; operator: string }) {
  const { t } = useTranslation();
  const sending = useMutation({ mutationFn: (what: CallBackDo | 'call') => (what === 'call' ? ringBack(task.call_id) : changeCallBack(task.call_id, what)) });
  const failure = useFailure(sending.error);
  const mine = task.owner === operator;
  const act = (what: CallBackDo | 'call') => () => { sending.mutate(what); };
  return (
    <li className={style.task} data-call={task.call_id} data-mine={mine || undefined}>
      <div className={style.line}>
        <b className="tabular">{task.urgent && <span title={t('mark.emergency')}>▲ </span>}{task.number === '' ? t('list.number_hidden') : phone(task.number)}</b>
        <Deadline at={task.deadline} />
      </div>
      <div className={style.facts}>
        {t(`desk.needed.${task.why}`)} <time className="tabular">{hour(task.needed_at)}</time>
        {' · '}{task.owner === null ? t('desk.nobody') : mine ? t('desk.yours') : t('desk.owner', { who: task.owner })}
        {task.called_again !== null && <> · {t('desk.called_again')}</>}
        <LastTry task={task} />
      </div>
      {(task.owner === null || mine) && (
        <div className={style.keys}>
          {task.number !== '' && <Key busy={sending.isPending} onPress={act('call')}>☎ {t('desk.call_now')}</Key>}
          {!mine && <Key busy={sending.isPending} onPress={act({ do: 'take' })}>{t('desk.take')}</Key>}
          {mine && (
            <>
              <Key busy={sending.isPending} onPress={act({ do: 'done', how: 'reached' })}>{t('desk.reached')}</Key>
              <Key busy={sending.isPending} onPress={act({ do: 'done', how: 'no_answer' })}>{t('desk.no_answer')}</Key>
              <Key busy={sending.isPending} onPress={act({ do: 'done', how: 'not_needed' })}>{t('desk.not_needed')}</Key>
              <Key busy={sending.isPending} onPress={act({ do: 'give_back' })}>{t('desk.give_back')}</Key>
            </>
          )}
        </div>
      )}
      {failure !== '' && <div role="status" className={style.failed}>{failure}</div>}
    </li>
  );
});

/** What the last attempt to call came to, and how many there were. */
function LastTry({ task }: { task: CallBack }) {
  const { t } = useTranslation();
  const last = task.tries.at(-1);
  if (last === undefined) return null;
  const times = task.tries.length > 1 ? ` ×${String(task.tries.length)}` : '';
  return <div>☎{times} {t(`desk.tried.${last.result}`)} <time className="tabular">{hour(last.at)}</time></div>;
}

/** Amber when the promise is broken, with the word. */
function Deadline({ at }: { at: string }) {
  const { t } = useTranslation();
  const left_s = (Date.parse(at) - useNow()) / 1000;
  const late = left_s < 0;
  return (
    <time className={`${style.deadline ?? ''} tabular`} data-late={late || undefined} title={t('desk.deadline', { at: hour(at) })}>
      {late ? t('desk.overdue', { span: span(-left_s) }) : t('desk.until', { at: hour(at) })}
    </time>
  );
}
