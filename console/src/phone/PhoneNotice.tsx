import { Button, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { askFor } from '../parts/sheets';
import { useCentre } from './phone';
import style from './phone.module.css';

const WHY = { no_link: 1, no_service: 1, refused: 1, not_yours: 1, signed_out: 1, taken: 1, in_use: 1, not_sent: 1 } as const;
type Why = keyof typeof WHY;

/** One line under the bar while the phone cannot do what it is for, with the way out beside it. */
export function PhoneNotice() {
  const { t } = useTranslation();
  const [centre, { state }] = useCentre();
  const why = state.why in WHY ? t(`phone.why.${state.why as Why}`) : '';
  if (state.link === 'taken_over') {
    return (
      <div className={style.notice} data-testid="phone-taken" role="status">
        <b>{why}</b>
        <Tooltip label={t('phone.use_here_help')} multiline w={320}>
          <Button size="compact-sm" onClick={() => { centre.useHere(); }}>{t('phone.use_here')}</Button>
        </Tooltip>
      </div>
    );
  }
  if (why !== '') {
    return <div className={style.notice} data-amber={state.link !== 'registered' || undefined} data-testid="phone-why" role="status">{why}</div>;
  }
  if (state.link !== 'registered' || state.microphone === 'ok') return null;
  return (
    <div className={style.notice} data-amber={state.microphone !== 'untested' || undefined} data-testid="phone-microphone" role="status">
      {t(`phone.microphone.${state.microphone}`)}
      <Button size="compact-sm" variant="default" onClick={() => { askFor('microphone'); }}>{t('phone.microphone.test')}</Button>
    </div>
  );
}
