import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { sameList, useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { endOf } from '../desk/mine';
import { inOrderServed, lastWords, urgencyOf, WAIT_TARGET_S } from '../line/facts';
import { span } from '../line/format';
import { useUrgentWords } from '../line/words';
import { Mark } from '../parts/Mark';
import style from './wallboard.module.css';

const SHOWN = 8; // more do not fit a wall in a size that is read from three metres; the rest is counted

/** Who waits, as Asterisk will serve them. */
export function Waits() {
  const { t } = useTranslation();
  const calls = useFeed(({ line }) => inOrderServed(line?.calls.values() ?? []), sameList);
  const more = calls.length - SHOWN;
  return (
    <section className={style.column} aria-label={t('list.waiting')}>
      <h2 title={t('list.order')}>{t('list.waiting')} <b className="tabular" data-testid="wall-count">{calls.length}</b></h2>
      {calls.length === 0 && <p className={style.empty}>{t('list.waiting_empty')}</p>}
      <ol className={style.waits} data-testid="wall-waits">
        {calls.slice(0, SHOWN).map((call) => <Wait key={call.id} call={call} />)}
      </ol>
      {more > 0 && <p className={style.more} data-testid="wall-more">{t('wallboard.more', { n: more })}</p>}
    </section>
  );
}

function Wait({ call }: { call: Call }) {
  const { t } = useTranslation();
  const urgency = urgencyOf(call);
  const raised = useUrgentWords(call);
  const words = lastWords(call);
  const seconds = (useNow() - Date.parse(call.offered_at)) / 1000;
  const late = seconds > WAIT_TARGET_S;
  return (
    <li className={style.wait} data-call={call.id} data-urgency={urgency}>
      <span className={style.mark}><Mark urgency={urgency} waiting /></span>
      <time className={`${style.time ?? ''} tabular`} data-late={late || undefined}>
        {span(seconds)}{late && <span className="visually-hidden"> {t('list.late', { s: WAIT_TARGET_S })}</span>}
      </time>
      <span className={style.words}>
        {raised !== '' && <b className={style.raised}>{raised}</b>}
        {words === '' ? <i className="quiet">{t('list.no_words')}</i> : <span>«{endOf(words, 90)}»</span>}
      </span>
    </li>
  );
}
