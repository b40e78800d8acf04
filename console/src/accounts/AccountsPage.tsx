import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/read';
import { useRefusal } from '../session/failure';
import { useSession } from '../session/session';
import { AccountForm } from './AccountForm';
import { type Account, type OneTime, readAccounts } from './accounts';
import { AccountActions } from './AccountActions';
import { ACCOUNTS_KEY } from './keys';
import { LinkShown } from './LinkShown';
import style from './accounts.module.css';

type Open = { name: string | null } | null; // name null: a new one

/** Who may sign in, as what, on which seat and phone. For administrators. */
export function AccountsPage() {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ACCOUNTS_KEY, queryFn: readAccounts, staleTime: 0 });
  const [open, setOpen] = useState<Open>(null);
  const [link, showLink] = useState<(OneTime & { name: string }) | null>(null);
  const refusal = useRefusal(found.error);
  if (found.error instanceof ApiFailure && found.error.status === 403) return <p className={style.notice}>{t('session.accounts_page.denied')}</p>;
  if (found.data === undefined) return <p className={style.notice} role="status">{refusal !== '' ? refusal : t('session.accounts_page.loading')}</p>;
  const { accounts, seats } = found.data;
  const done = (made: (OneTime & { name: string }) | null): void => { setOpen(null); if (made !== null) showLink(made); };
  return (
    <div className={style.page} data-testid="accounts">
      <div className={style.head}>
        <h2>{t('session.accounts_page.title')}</h2>
        <Button size="compact-md" onClick={() => { setOpen({ name: null }); }}>{t('session.accounts_page.add')}</Button>
      </div>
      {link !== null && <LinkShown {...link} onDone={() => { showLink(null); }} />}
      {open?.name === null && <AccountForm account={null} accounts={accounts} seats={seats} onDone={done} />}
      {accounts.length === 0 ? <p className="quiet">{t('session.accounts_page.empty')}</p> : (
        <table className={style.table}>
          <Heads />
          <tbody>
            {accounts.map((account) => open?.name === account.name
              ? <tr key={account.name}><td colSpan={6}><AccountForm account={account} accounts={accounts} seats={seats} onDone={done} /></td></tr>
              : <Row key={account.name} account={account} onChange={() => { setOpen({ name: account.name }); }} onLink={(made) => { showLink({ ...made, name: account.display_name }); }} />)}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Heads() {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        {(['display_name', 'roles', 'seat', 'phone', 'state'] as const).map((head) => <th key={head} scope="col">{t(`session.accounts_page.${head}`)}</th>)}
        <th><span className="visually-hidden">{t('session.accounts_page.change')}</span></th>
      </tr>
    </thead>
  );
}

function Row({ account, onChange, onLink }: { account: Account; onChange: () => void; onLink: (made: OneTime) => void }) {
  const { t } = useTranslation();
  const mine = useSession()?.account === account.name;
  const state = account.disabled ? 'disabled' : !account.has_password ? 'no_password' : account.must_change ? 'must_change' : 'active';
  return (
    <tr data-testid={`account-${account.name}`} data-disabled={account.disabled || undefined}>
      <td><b>{account.display_name}</b><br /><span className="quiet">{account.name}{mine && ` · ${t('session.accounts_page.you')}`}</span></td>
      <td>{account.roles.map((role) => t(`session.role.${role}`)).join(', ')}</td>
      <td>{account.operator ?? <span className="quiet">{t('session.accounts_page.no_seat')}</span>}</td>
      <td>{account.operator === null ? '' : t(`session.accounts_page.${account.phone}`)}</td>
      <td>{t(`session.accounts_page.${state}`)}</td>
      <td><AccountActions account={account} mine={mine} onChange={onChange} onLink={onLink} /></td>
    </tr>
  );
}
