import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { sameList, useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { inOrderServed, languageOf, lastWords, ringingAt, urgencyOf, WAIT_TARGET_S } from '../line/facts';
import { phone, span } from '../line/format';
import { useLanguageName, useUrgentWords } from '../line/words';
import { Mark } from '../parts/Mark';
import type { Call } from '../api/types';
import { endOf } from './mine';
import style from './waits.module.css';

/** Who waits, as Asterisk will serve them, with their last words. A row is drawn again only when its own caller speaks. */
export function WaitList() {
  const { t } = useTranslation();
  const ids = useFeed(({ line }) => inOrderServed(line?.calls.values() ?? []).map((call) => call.id), sameList);
  return (
    <nav className={style.waits} aria-label={t('list.waiting')}>
      <h2 className={style.head} title={t('list.order')}>{t('list.waiting')} <span className="tabular">{ids.length}</span></h2>
      {ids.length === 0 && <p className={style.empty}>{t('list.waiting_empty')}</p>}
      <ol className={style.list} data-testid="waiting">
        {ids.map((id) => <WaitRow key={id} id={id} />)}
      </ol>
    </nav>
  );
}

const WaitRow = memo(function WaitRow({ id }: { id: string }) {
  const call = useFeed(({ line }) => line?.calls.get(id));
  return call === undefined ? null : <Waiting call={call} />;
});

function Waiting({ call }: { call: Call }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const raised = useUrgentWords(call);
  const urgency = urgencyOf(call);
  const words = lastWords(call);
  const language = nameOf(languageOf(call));
  const rings = ringingAt(call).join(', ');
  return (
    <li className={style.row} data-call={call.id} data-urgency={urgency}>
      <Mark urgency={urgency} waiting />
      <span className={`${style.number ?? ''} tabular`}>{call.number === '' ? t('list.number_hidden') : phone(call.number)}</span>
      <Wait from={call.offered_at} />
      {(raised !== '' || rings !== '' || language !== '') && (
        <span className={style.under}>
          {raised !== '' && <b className={style.raised}>{t(`mark.${urgency}`)}: {raised}</b>}
          {rings !== '' && <span>{t('state.ringing', { who: rings })}</span>}
          {language !== '' && <span>{language}</span>}
        </span>
      )}
      <span className={style.words}>{words === '' ? <i className="quiet">{t('list.no_words')}</i> : `«${endOf(words, 84)}»`}</span>
    </li>
  );
}

/** Counts up with the server's clock; amber once it is over the target, and says so. */
function Wait({ from }: { from: string }) {
  const { t } = useTranslation();
  const seconds = (useNow() - Date.parse(from)) / 1000;
  const late = seconds > WAIT_TARGET_S;
  return (
    <time className={`${style.wait ?? ''} tabular`} data-late={late || undefined} title={late ? t('list.late', { s: WAIT_TARGET_S }) : t('call.waits')}>
      {late && <span aria-hidden>!</span>}{span(seconds)}
      {late && <span className="visually-hidden"> {t('list.late', { s: WAIT_TARGET_S })}</span>}
    </time>
  );
}
