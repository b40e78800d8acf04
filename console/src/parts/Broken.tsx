import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useDeskInstead } from '../phone/PhoneKeeper';
import { PhoneStrip } from '../phone/PhoneStrip';
import style from './LinkNotice.module.css';

/** A view that could not be drawn. Whoever talks there goes on talking, and can hang up. */
export function Broken() {
  const { t } = useTranslation();
  const desk = useDeskInstead();
  return (
    <>
      {desk && <PhoneStrip />}
      <div className={style.denied} data-testid="broken">
        <h1>{t('phone.broken.title')}</h1>
        <p>{t('phone.broken.long')}</p>
        <Button variant="default" onClick={() => { location.reload(); }}>{t('phone.broken.reload')}</Button>
      </div>
    </>
  );
}
