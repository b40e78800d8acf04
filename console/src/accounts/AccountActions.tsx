import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useRefusal } from '../session/failure';
import { type Account, changeAccount, endSessions, newLink, type OneTime } from './accounts';
import { ACCOUNTS_KEY } from './keys';
import style from './accounts.module.css';

interface Props { account: Account; mine: boolean; onChange: () => void; onLink: (made: OneTime) => void }

/** What is done to an account with one press. Nobody locks themselves out here. */
export function AccountActions({ account, mine, onChange, onLink }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const again = { onSettled: () => queries.invalidateQueries({ queryKey: ACCOUNTS_KEY }) };
  const linking = useMutation({ mutationFn: () => newLink(account.name), onSuccess: onLink, ...again });
  const ending = useMutation({ mutationFn: () => endSessions(account.name), ...again });
  const switching = useMutation({ mutationFn: () => changeAccount(account.name, { disabled: !account.disabled }), ...again });
  const refusal = useRefusal(linking.error ?? ending.error ?? switching.error);
  const busy = linking.isPending || ending.isPending || switching.isPending;
  return (
    <div className={style.actions}>
      <Button size="compact-xs" variant="default" onClick={onChange}>{t('session.accounts_page.change')}</Button>
      {!account.disabled && <Button size="compact-xs" variant="default" disabled={busy} onClick={() => { linking.mutate(); }}>{t('session.accounts_page.link')}</Button>}
      {!mine && <Button size="compact-xs" variant="default" disabled={busy} onClick={() => { ending.mutate(); }}>{t('session.accounts_page.sign_out')}</Button>}
      {!mine && (
        <Button size="compact-xs" variant="default" disabled={busy} onClick={() => { switching.mutate(); }}>
          {t(account.disabled ? 'session.accounts_page.enable' : 'session.accounts_page.disable')}
        </Button>
      )}
      <span role="status">{refusal !== '' ? refusal : ending.isSuccess ? t('session.accounts_page.signed_out') : ''}</span>
    </div>
  );
}
