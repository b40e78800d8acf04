import { Button, Modal, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { closeSheet, useSheet } from '../parts/sheets';
import { useRefusal } from './failure';
import { changePassword, SESSION_KEY, useSession } from './session';
import style from './session.module.css';

/** One's own password. Where somebody else knows it, it must be changed before anything else; a caller who rings can be answered all the same. */
export function PasswordSheet() {
  const { t } = useTranslation();
  const session = useSession();
  const must = session?.must_change ?? false;
  const opened = useSheet() === 'password' || must;
  return (
    <Modal
      opened={opened} onClose={closeSheet} title={t(must ? 'session.password_form.must' : 'session.password_form.title')} size={440}
      withCloseButton={!must} closeOnEscape={!must} closeOnClickOutside={!must} transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      {opened && <Form must={must} account={session?.account ?? ''} />}
    </Modal>
  );
}

function Form({ must, account }: { must: boolean; account: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [old, sayOld] = useState('');
  const [fresh, sayFresh] = useState('');
  const [again, sayAgain] = useState('');
  const sending = useMutation({
    mutationFn: () => changePassword(old, fresh),
    onSuccess: () => queries.invalidateQueries({ queryKey: SESSION_KEY }),
  });
  const refusal = useRefusal(sending.error);
  const differ = again !== '' && again !== fresh;
  if (sending.isSuccess && !must) return <p role="status">{t('session.password_form.saved')}</p>;
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!differ && fresh !== '') sending.mutate();
      }}
    >
      {must && <p>{t('session.password_form.must_long')}</p>}
      <input type="text" name="username" autoComplete="username" value={account} readOnly hidden />
      <PasswordInput label={t('session.password_form.old')} autoComplete="current-password" required data-autofocus value={old} onChange={(event) => { sayOld(event.currentTarget.value); }} />
      <PasswordInput label={t('session.password_form.new')} description={t('session.password_form.hint')} autoComplete="new-password" required value={fresh} onChange={(event) => { sayFresh(event.currentTarget.value); }} />
      <PasswordInput
        label={t('session.password_form.again')} autoComplete="new-password" required value={again} error={differ ? t('session.password_form.differ') : null}
        onChange={(event) => { sayAgain(event.currentTarget.value); }}
      />
      <Button type="submit" disabled={old === '' || fresh === '' || again !== fresh || sending.isPending}>{t('session.password_form.save')}</Button>
      {refusal !== '' && <p role="alert">{refusal}</p>}
    </form>
  );
}
