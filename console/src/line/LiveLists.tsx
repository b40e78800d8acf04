import { useTranslation } from 'react-i18next';
import type { Call, Member } from '../api/types';
import type { Line } from '../feed/reducer';
import { useNow } from '../feed/now';
import { Mark } from '../parts/Mark';
import type { Chosen } from './chosen';
import { atHelpLine, HELP_LINE, inOrderServed, isAtHelpLine, isDeferred, isWaiting, languageOf, lastWords, ringingAt, talking, talkingWith, urgencyOf, WAIT_TARGET_S } from './facts';
import { phone, span } from './format';
import { useLanguageName, useUrgentWords } from './words';
import style from './lists.module.css';

export function LiveLists({ line, chosen }: { line: Line; chosen: Chosen }) {
  const { t } = useTranslation();
  const waiting = inOrderServed(line.calls.values());
  const talks = talking(line.calls.values());
  const helped = atHelpLine(line.calls.values());
  return (
    <nav className={style.column} aria-label={t('list.waiting')}>
      <div className={style.scroll}>
        <h2 className={style.head} title={t('list.order')}>{t('list.waiting')} <span className="tabular">{waiting.length}</span></h2>
        {waiting.length === 0 && <p className={style.empty}>{t('list.waiting_empty')}</p>}
        <ul className={style.list} data-testid="waiting">
          {waiting.map((call) => <li key={call.id}><LiveRow call={call} chosen={chosen} /></li>)}
        </ul>
        <h2 className={style.head}>{t('list.talking')} <span className="tabular">{talks.length}</span></h2>
        {talks.length === 0 && <p className={style.empty}>{t('list.talking_empty')}</p>}
        <ul className={style.list} data-testid="talking">
          {talks.map((call) => <li key={call.id}><LiveRow call={call} chosen={chosen} /></li>)}
        </ul>
        {helped.length > 0 && (
          <>
            <h2 className={style.head}>{t('list.help_line')} <span className="tabular">{helped.length}</span></h2>
            <ul className={style.list} data-testid="at-help-line">
              {helped.map((call) => <li key={call.id}><LiveRow call={call} chosen={chosen} /></li>)}
            </ul>
          </>
        )}
      </div>
      <Members members={[...line.members.values()]} />
    </nav>
  );
}

function LiveRow({ call, chosen }: { call: Call; chosen: Chosen }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const urgency = urgencyOf(call);
  const words = lastWords(call);
  const language = nameOf(languageOf(call));
  const waits = isWaiting(call);
  const raised = useUrgentWords(call);
  return (
    <button
      type="button" className={style.row} data-call-row={call.id} data-urgency={urgency} data-waiting={waits || undefined}
      aria-current={chosen.id === call.id ? 'true' : undefined} onClick={() => { chosen.open(call.id); }}
    >
      <Mark urgency={urgency} waiting={waits} />
      <span className={`${style.number ?? ''} tabular`}>{call.number === '' ? t('list.number_hidden') : phone(call.number)}</span>
      <Elapsed call={call} />
      <span className={style.under}>
        {waits && (urgency === 'emergency' || urgency === 'unclear') && <b className={style.urgent}>{t(`mark.${urgency}`)}</b>}
        {(call.state !== 'waiting' || !waits) && <span>{stateWords(call, t)}</span>}
        {call.offer !== null && call.offer.how === null && <span>{t('offer.running')}</span>}
        {language !== '' && <span>{language}</span>}
        {isDeferred(call) && <span title={t('call.deferred_long')}>{t('call.deferred')}</span>}
        <Late call={call} />
      </span>
      {waits && raised !== '' && <span className={style.raised} data-testid="raised">{raised}</span>}
      <span className={style.words}>{words === '' ? <i className="quiet">{t('list.no_words')}</i> : `«${words}»`}</span>
    </button>
  );
}

/** The wait, or the talk once a human has answered. Counts up with the server's clock. */
function Elapsed({ call }: { call: Call }) {
  const { t } = useTranslation();
  const now = useNow();
  const talks = call.state === 'talking';
  const helped = isAtHelpLine(call) ? call.sent_at : null;
  const from = Date.parse((talks ? call.answers.at(-1)?.at : helped) ?? call.offered_at);
  const seconds = (now - from) / 1000;
  const late = isWaiting(call) && seconds > WAIT_TARGET_S;
  return (
    <time className={`${style.elapsed ?? ''} tabular`} data-late={late || undefined} title={talks ? t('call.talks') : t('call.waits')}>
      {span(seconds)}
    </time>
  );
}

/** The word beside the amber figure: waiting for longer than the target. */
function Late({ call }: { call: Call }) {
  const { t } = useTranslation();
  const now = useNow();
  if (!isWaiting(call) || (now - Date.parse(call.offered_at)) / 1000 <= WAIT_TARGET_S) return null;
  return <span className={style.late}>{t('list.late', { s: WAIT_TARGET_S })}</span>;
}

type Translate = ReturnType<typeof useTranslation>['t'];
function stateWords(call: Call, t: Translate): string {
  if (isAtHelpLine(call) && call.state === 'waiting') return t('help_line.waits');
  switch (call.state) {
    case 'ringing': return t('state.ringing', { who: ringingAt(call).join(', ') });
    case 'talking': return t('state.talking', { who: talkingWith(call) });
    default: return t(`state.${call.state}`);
  }
}

const STATUSES = ['free', 'ringing', 'talking', 'unreachable', 'unknown'] as const;
const SHAPES: Record<string, string> = { free: '○', ringing: '◔', talking: '●', unreachable: '✕', unknown: '?' };

function Members({ members }: { members: Member[] }) {
  const { t } = useTranslation();
  const helped = members.filter((member) => member.queue === HELP_LINE);
  return (
    <section className={style.members}>
      <h2 className={style.head}>{t('members.title')} <span className="tabular">{members.length}</span></h2>
      {members.length === 0 && <p className={style.empty}>{t('members.empty')}</p>}
      <Seats members={members.filter((member) => member.queue !== HELP_LINE)} />
      {helped.length > 0 && <h3 className={style.seats}>{t('members.help')}</h3>}
      <Seats members={helped} />
    </section>
  );
}

function Seats({ members }: { members: Member[] }) {
  const { t } = useTranslation();
  return (
    <ul>
      {members.map((member) => {
        const status = STATUSES.find((known) => known === member.status) ?? 'unknown';
        return (
          <li key={`${member.queue}/${member.operator}`}>
            <span aria-hidden>{member.paused ? '‖' : SHAPES[status]}</span> {member.operator}{' '}
            <span className="quiet">{member.paused ? t('members.paused') : t(`members.${status}`)}</span>
          </li>
        );
      })}
    </ul>
  );
}
