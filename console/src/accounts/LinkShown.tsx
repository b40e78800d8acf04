import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import style from './accounts.module.css';

/** A one-time link, shown once: it is a key. */
export function LinkShown({ link, name, onDone }: { link: string; name: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const whole = new URL(link, location.origin).toString();
  return (
    <section className={style.link} data-testid="one-time-link">
      <p>{t('session.accounts_page.link_long', { name })}</p>
      <div className={style.head}>
        <TextInput value={whole} readOnly aria-label={t('session.accounts_page.link')} onFocus={(event) => { event.currentTarget.select(); }} />
        <Button
          variant="default"
          onClick={() => { navigator.clipboard.writeText(whole).then(() => { setCopied(true); }, () => undefined); }} // refused: it can be selected
        >
          {t(copied ? 'session.accounts_page.copied' : 'session.accounts_page.copy')}
        </Button>
        <Button variant="default" onClick={onDone}>{t('phone.test.close')}</Button>
      </div>
    </section>
  );
}
