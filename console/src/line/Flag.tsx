import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { reason } from '../i18n';
import { clock, share } from './format';
import style from './call.module.css';

/** The flag with the words that caused it. In shadow mode it says that operators do not see it. */
export function Flag({ call }: { call: Call }) {
  const { t, i18n } = useTranslation();
  const made = call.assessment;
  if (made === null) return <div className={style.flag}><span className="quiet">{t('flag.none')} · {t('flag.shadow')}</span></div>;
  return (
    <div className={style.flag} data-label={made.label} data-testid="flag">
      <div>
        <b>{t('flag.title')}: {t(`label.${made.label}`)}</b>{' '}
        <span className="tabular" title={t('call.confidence', { value: share(made.confidence, i18n.language) })}>
          {share(made.confidence, i18n.language)}
        </span>
        {made.evidence.length > 0 && (
          <span> · {t('flag.words')}: {made.evidence.map((e, i) => <span key={e.start}>{i > 0 && ', '}«{e.words}»</span>)}</span>
        )}
      </div>
      <div className={style.shadow}>
        {t('flag.shadow')}
        {made.vetoes.length > 0 && <> · {t('flag.vetoes')}: {made.vetoes.map(reason).join(', ')}</>}
        {' · '}{t('flag.assessor', { who: made.assessor, at: clock(made.at) })}
      </div>
    </div>
  );
}
