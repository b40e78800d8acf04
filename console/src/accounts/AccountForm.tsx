import { Button, Checkbox, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRefusal } from '../session/failure';
import { type PhoneKind, type Role, ROLES } from '../session/session';
import { type Account, addAccount, changeAccount, type NewAccount, type OneTime } from './accounts';
import { ACCOUNTS_KEY } from './keys';
import style from './accounts.module.css';

const NAME = '[a-z][a-z0-9._-]{0,31}';
const LANGUAGES = [{ value: 'ru', label: 'Русский' }, { value: 'kk', label: 'Қазақша' }, { value: 'en', label: 'English' }];
const FRESH: NewAccount = { name: '', display_name: '', roles: ['operator'], operator: null, phone: 'web', language: 'ru' };

interface Props {
  /** Null: a new one. */
  account: Account | null;
  accounts: readonly Account[];
  seats: readonly string[];
  onDone: (made: (OneTime & { name: string }) | null) => void;
}

export function AccountForm({ account, accounts, seats, onDone }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form, fill] = useState<NewAccount>(account ?? FRESH);
  const change = (part: Partial<NewAccount>): void => { fill({ ...form, ...part }); };
  const saving = useMutation({
    mutationFn: async () => {
      const { name, ...rest } = { name: form.name, display_name: form.display_name, roles: form.roles, operator: form.operator, phone: form.phone, language: form.language };
      if (account === null) return { ...(await addAccount({ name, ...rest })), name: form.display_name };
      await changeAccount(name, rest);
      return null;
    },
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: ACCOUNTS_KEY }),
  });
  const refusal = useRefusal(saving.error);
  // Two shifts may share a seat: who else has it is said, not forbidden.
  const others = (seat: string): string => accounts.filter((one) => one.operator === seat && one.name !== account?.name).map((one) => one.display_name).join(', ');
  const places = seats.map((seat) => ({ value: seat, label: [seat, others(seat)].filter(Boolean).join(' · ') }));
  const whole = new RegExp(`^${NAME}$`).test(form.name) && form.display_name.trim() !== '' && form.roles.length > 0;
  return (
    <form
      className={style.form} data-testid="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (whole) saving.mutate();
      }}
    >
      {account === null && (
        <TextInput
          label={t('session.accounts_page.name')} description={t('session.accounts_page.name_help')} value={form.name} maxLength={32} pattern={NAME}
          autoComplete="off" autoFocus onChange={(event) => { change({ name: event.currentTarget.value }); }}
        />
      )}
      <TextInput label={t('session.accounts_page.display_name')} value={form.display_name} maxLength={60} onChange={(event) => { change({ display_name: event.currentTarget.value }); }} />
      <Checkbox.Group label={t('session.accounts_page.roles')} error={form.roles.length === 0 ? t('session.accounts_page.choose_role') : null} value={form.roles} onChange={(roles) => { change({ roles: roles as Role[] }); }}>
        {ROLES.map((role) => <Checkbox key={role} value={role} label={t(`session.role.${role}`)} />)}
      </Checkbox.Group>
      <NativeSelect
        label={t('session.accounts_page.seat')} value={form.operator ?? ''} data={[{ value: '', label: t('session.accounts_page.no_seat') }, ...places]}
        onChange={(event) => { change({ operator: event.currentTarget.value === '' ? null : event.currentTarget.value }); }}
      />
      {form.operator !== null && (
        <SegmentedControl
          value={form.phone} aria-label={t('session.accounts_page.phone')} transitionDuration={0}
          data={[{ value: 'web', label: t('session.accounts_page.web') }, { value: 'desk', label: t('session.accounts_page.desk') }]}
          onChange={(phone) => { change({ phone: phone as PhoneKind }); }}
        />
      )}
      <NativeSelect label={t('session.accounts_page.language')} value={form.language} data={LANGUAGES} onChange={(event) => { change({ language: event.currentTarget.value }); }} />
      <div className={style.actions}>
        <Button type="submit" disabled={!whole || saving.isPending}>{t('session.accounts_page.save')}</Button>
        <Button variant="default" onClick={() => { onDone(null); }}>{t('session.accounts_page.cancel')}</Button>
        {refusal !== '' && <span role="alert">{refusal}</span>}
      </div>
    </form>
  );
}
