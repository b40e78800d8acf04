import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { percent } from '../line/format';
import { usePhone } from './phone';
import { gradeOf } from './quality';
import style from './phone.module.css';

/** How the sound is, in two words; the figures behind them on hover. Nothing while nobody talks. */
export function QualityFigure() {
  const { t, i18n } = useTranslation();
  const { quality } = usePhone();
  if (quality === null) return null;
  const grade = gradeOf(quality);
  const figures = {
    delay: Math.round(quality.round_trip_ms ?? 0), jitter: Math.round(quality.jitter_ms), lost: percent(quality.lost_share, i18n.language),
  };
  return (
    <Tooltip label={t(quality.round_trip_ms === null ? 'phone.quality.unknown' : 'phone.quality.help', figures)}>
      <span
        className={style.quality} data-grade={grade} data-testid="phone-quality" data-received={quality.received} data-sent={quality.sent}
        data-energy={quality.energy} tabIndex={0}
      >
        <span aria-hidden>{grade === 'good' ? '●' : grade === 'fair' ? '◐' : '○'}</span> {t(`phone.quality.${grade}`)}
      </span>
    </Tooltip>
  );
}
