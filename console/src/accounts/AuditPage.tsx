import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/read';
import { clock, day } from '../line/format';
import { useRefusal } from '../session/failure';
import { type Audited, readAudit } from './accounts';
import style from './accounts.module.css';

const PAGE = 100;

/** Who did what, newest first. For supervisors. */
export function AuditPage() {
  const { t } = useTranslation();
  const [wanted, want] = useState('');
  const does = useAction();
  const found = useInfiniteQuery({
    queryKey: ['audit'], queryFn: ({ pageParam }) => readAudit(pageParam, PAGE), initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_before, staleTime: 0,
  });
  const refusal = useRefusal(found.error);
  if (found.error instanceof ApiFailure && found.error.status === 403) return <p className={style.notice}>{t('session.audit_page.denied')}</p>;
  if (found.data === undefined) return <p className={style.notice} role="status">{refusal !== '' ? refusal : t('session.audit_page.loading')}</p>;
  const events = found.data.pages.flatMap((page) => page.events).filter((event) => matches(event, wanted, does));
  return (
    <div className={style.page} data-testid="audit">
      <div className={style.head}>
        <h2>{t('session.audit_page.title')}</h2>
        <TextInput size="xs" value={wanted} placeholder={t('session.audit_page.search')} aria-label={t('session.audit_page.search')} onChange={(event) => { want(event.currentTarget.value); }} />
      </div>
      {events.length === 0 ? <p className="quiet">{t('session.audit_page.empty')}</p> : <Table events={events} />}
      {found.hasNextPage
        ? <Button variant="default" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('session.audit_page.more')}</Button>
        : <p className="quiet">{t('session.audit_page.end')}</p>}
    </div>
  );
}

function Table({ events }: { events: readonly Audited[] }) {
  const { t } = useTranslation();
  const does = useAction();
  return (
    <table className={style.table}>
      <thead><tr>{(['at', 'account', 'action', 'object', 'address'] as const).map((head) => <th key={head} scope="col">{t(`session.audit_page.${head}`)}</th>)}</tr></thead>
      <tbody>
        {events.map((event, n) => (
          <tr key={`${event.at}${String(n)}`}>
            <td className="tabular">{day(event.at)} {clock(event.at)}</td>
            <td>{event.account === '' ? <span className="quiet">{t('session.audit_page.nobody')}</span> : event.account}</td>
            <td>{does(event.action)}</td><td>{event.object}</td><td className="tabular quiet">{event.address}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What was done, in the page's words; what it does not know as it came. */
function useAction(): (action: string) => string {
  const { t, i18n } = useTranslation();
  return (action) => i18n.exists(`session.audit_page.does.${action}`) ? t(`session.audit_page.does.${action as 'played'}`) : action;
}

function matches(event: Audited, wanted: string, does: (action: string) => string): boolean {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${event.account} ${does(event.action)} ${event.object} ${event.address}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
