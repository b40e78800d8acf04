import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { reason } from '../i18n';
import { clock, share } from './format';
import style from './decisions.module.css';

/** What triage thinks of the call, where shadow assessments are shown at all: for demonstrations. */
export function Assessed({ call }: { call: Call }) {
  const { t, i18n } = useTranslation();
  const made = call.assessment;
  if (made === null) return <div className={style.bar} data-testid="assessed"><div className={style.fate}>{t('flag.none')} · {t('flag.unflagged')}</div></div>;
  const words = made.evidence.map((each) => `«${each.words}»`).join(', ');
  return (
    <div className={style.bar} data-label={made.label} data-testid="assessed">
      <div className={style.said} title={words}>
        <b>{t('flag.title')}: {t(`label.${made.label}`)}</b>{' '}
        <span className="tabular" title={t('call.confidence', { value: share(made.confidence, i18n.language) })}>
          {share(made.confidence, i18n.language)}
        </span>
        {words !== '' && <> · {t('flag.words')}: {words}</>}
      </div>
      <div className={style.fate}>
        {t('flag.unflagged')}
        {made.vetoes.length > 0 && <> · {t('flag.vetoes')}: {made.vetoes.map(reason).join(', ')}</>}
        {' · '}{t('flag.assessor', { who: made.assessor, at: clock(made.at) })}
      </div>
    </div>
  );
}
