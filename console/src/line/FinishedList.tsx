import { Button, TextInput, Tooltip } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readCalls } from '../api/read';
import type { Call, Gap } from '../api/types';
import type { Line } from '../feed/reducer';
import { reason } from '../i18n';
import type { Chosen } from './chosen';
import { finished, languageOf, matches } from './facts';
import { day, hour, phone, span } from './format';
import { SEARCH_ID } from './keyboard';
import { useLanguageName } from './words';
import style from './lists.module.css';

const PAGE = 50;

/** Finished calls, newest first: those of the live picture, then earlier ones from the ledger; gaps between them. */
export function FinishedList({ line, chosen }: { line: Line; chosen: Chosen }) {
  const { t } = useTranslation();
  const [asked, ask] = useState('');
  const live = finished(line.calls.values());
  const [wanted, want] = useState(false);
  const [oldest] = useState(live.at(-1)?.offered_at ?? null);
  const earlier = useInfiniteQuery({
    queryKey: ['calls', oldest],
    queryFn: ({ pageParam }) => readCalls(pageParam, PAGE),
    initialPageParam: oldest,
    getNextPageParam: (last) => last.next_before,
    enabled: wanted,
  });
  const ledger = (earlier.data?.pages ?? []).flatMap((page) => page.calls).filter((call) => !line.calls.has(call.id));
  const calls = [...live, ...finished(ledger)].filter((call) => matches(call, asked));
  const rows = asked === '' ? withGaps(calls, line.gaps) : calls.map((call) => ({ call }));
  return (
    <aside className={style.column} aria-label={t('list.finished')}>
      <h2 className={style.head}>{t('list.finished')} <span className="tabular">{calls.length}</span></h2>
      <div className={style.search}>
        <TextInput
          id={SEARCH_ID} size="xs" value={asked} placeholder={`${t('list.search')}  ( / )`} aria-label={t('list.search')}
          onChange={(event) => { ask(event.currentTarget.value); }}
          onKeyDown={(event) => { if (event.key === 'Escape') ask(''); }}
        />
      </div>
      <div className={style.scroll}>
        {calls.length === 0 && <p className={style.empty}>{asked === '' ? t('list.finished_empty') : t('list.nothing_found')}</p>}
        <ul className={style.list} data-testid="finished">
          {rows.map((row) => 'gap' in row
            ? <li key={row.gap.began}><GapRow gap={row.gap} /></li>
            : <li key={row.call.id}><DoneRow call={row.call} selected={chosen.id === row.call.id} open={chosen.open} /></li>)}
        </ul>
        <div className={style.more}>
          <More earlier={earlier} wanted={wanted} onMore={() => { if (wanted) void earlier.fetchNextPage(); else want(true); }} />
        </div>
      </div>
    </aside>
  );
}

interface Earlier { isError: boolean; isFetching: boolean; hasNextPage: boolean; refetch: () => unknown }

function More({ earlier, wanted, onMore }: { earlier: Earlier; wanted: boolean; onMore: () => void }) {
  const { t } = useTranslation();
  if (wanted && !earlier.isFetching && !earlier.isError && !earlier.hasNextPage) return <span className={style.small}>{t('list.more_end')}</span>;
  return (
    <>
      {earlier.isError && <p className={style.small} role="status">{t('list.store_away')}</p>}
      <Button
        variant="default" size="compact-sm" disabled={earlier.isFetching}
        onClick={() => { if (earlier.isError) earlier.refetch(); else onMore(); }}
      >
        {earlier.isFetching ? t('list.more_loading') : t('list.more')}
      </Button>
    </>
  );
}

type Row = { call: Call } | { gap: Gap };

/** Gaps stand where they were in time, among the calls. */
function withGaps(calls: Call[], gaps: readonly Gap[]): Row[] {
  const rows: Row[] = [...calls.map((call) => ({ call })), ...gaps.map((gap) => ({ gap }))];
  const at = (row: Row): number => Date.parse('gap' in row ? row.gap.began : row.call.offered_at);
  return rows.sort((a, b) => at(b) - at(a));
}

const SHAPES = { answered: '✓', overflow_answered: '✓', helped: '✓', self_served: '✓', abandoned: '✕', interrupted: '⌁', unobserved: '?' } as const;

/** Fifty of them stand beside a page that ticks every second: drawn again only when the call changes. */
const DoneRow = memo(function DoneRow({ call, selected, open }: { call: Call; selected: boolean; open: Chosen['open'] }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const outcome = call.outcome ?? 'unobserved';
  const who = call.answers[0]?.operator ?? '';
  const label = (call.category ?? call.assessment)?.label; // a person's word before the machine's
  return (
    <button
      type="button" className={style.done} data-call-row={call.id} data-outcome={outcome}
      aria-current={selected ? 'true' : undefined} onClick={() => { open(call.id); }}
    >
      <span>
        <span aria-hidden>{SHAPES[outcome]}</span>
        <span className={style.outcome}>{t(`outcome.${outcome}`, { who })}</span>
        <span className={style.push} />
        <time className="tabular">{isToday(call.offered_at) ? '' : `${day(call.offered_at)} `}{hour(call.offered_at)}</time>
      </span>
      <span className={`${style.small ?? ''} tabular`}>
        <span>{call.number === '' ? t('list.number_hidden') : phone(call.number)}</span>
        <span className={style.push} />
        {label !== undefined && <span className={style.label}>{t(`label.${label}`)}</span>}
      </span>
      <span className={`${style.small ?? ''} tabular`}>
        <span>{t('call.waited')} {span(call.waited_s)}{call.answers.length > 0 && <> · {t('call.talked')} {span(call.talked_s)}</>}</span>
        <span className={style.push} />
        <span>{nameOf(languageOf(call))}</span>
      </span>
    </button>
  );
});

function GapRow({ gap }: { gap: Gap }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={t('gap.help')} multiline w={300}>
      <div className={style.gap} data-testid="gap" tabIndex={0}>
        <span><b>{t('gap.row', { span: span(gap.length_s) })}</b></span> <span className="tabular">{hour(gap.began)}</span>
        <br />
        <span>{t('gap.why', { link: gap.link === 'ari' ? t('lamp.audio') : t('lamp.pbx'), why: reason(gap.reason) })}</span>
      </div>
    </Tooltip>
  );
}

const isToday = (at: string): boolean => day(at) === day(Date.now());
