import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type PastCall, readNumberCalls } from '../api/desk';
import type { Call } from '../api/types';
import { day, hour, span } from '../line/format';
import style from './desk.module.css';

/** What this number called about before: an operator who knows it asks fewer questions. */
export function History({ call }: { call: Call }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: ['number', call.number, call.id], queryFn: () => readNumberCalls(call.number, call.id), enabled: call.number !== '', staleTime: 60_000,
  });
  if (call.number === '') return null;
  return (
    <section className={style.box} aria-label={t('desk.history')} data-testid="history">
      <h3>
        {t('desk.history')}
        {read.data !== undefined && <span className="quiet"> · {t('desk.within_30_days', { n: read.data.within_30_days })}</span>}
      </h3>
      {read.isError && <p className="quiet" role="status">{t('desk.history_away')}</p>}
      {read.data?.calls.length === 0 && <p className="quiet">{t('desk.history_none')}</p>}
      <ul className={style.past}>{read.data?.calls.map((past) => <Past key={past.id} past={past} />)}</ul>
    </section>
  );
}

function Past({ past }: { past: PastCall }) {
  const { t } = useTranslation();
  const urgent = past.urgency !== 'normal' ? t(past.urgency === 'danger' ? 'mark.emergency' : 'mark.unclear') : '';
  const label = past.category === null ? '' : t(`label_short.${past.category.label}`);
  const facts = [urgent, label, past.outcome === null ? '' : t(`outcome.${past.outcome}`, { who: past.operators[0] ?? '' }), past.place];
  return (
    <li>
      <time className="tabular">{day(past.offered_at)} {hour(past.offered_at)}</time>
      {past.talked_s > 0 && <span className="tabular quiet"> {span(past.talked_s)}</span>}{' '}
      {[...new Set(facts.filter(Boolean))].join(' · ')}
      {(past.note || past.words) !== '' && <div className={style.clamped}>{past.note === '' ? `«${past.words}»` : past.note}</div>}
    </li>
  );
}
