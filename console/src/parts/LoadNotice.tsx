import { useTranslation } from 'react-i18next';
import { usePicture } from '../feed/FeedProvider';
import { clock } from '../line/format';
import style from './LinkNotice.module.css';

const LEVELS = { 1: 'level1', 2: 'level2', 3: 'level3', 4: 'level4' } as const;

/** What gives way while recognition cannot keep up. At the foot of the page: what is being read stays where it is. */
export function LoadNotice() {
  const { t } = useTranslation();
  const { line } = usePicture();
  const load = line?.recognition ?? null;
  const level = load === null ? undefined : LEVELS[load.level as keyof typeof LEVELS];
  if (load === null || level === undefined) return null;
  return (
    <div className={style.load} data-level={load.level} data-testid="load">
      <span aria-hidden>◔</span> <span role="status">{t(`load.${level}`)}</span>{' '}
      <span className="quiet tabular">
        {load.level === 4 && load.delayed_s >= 1 && <>{t('load.delayed', { s: Math.round(load.delayed_s) })} · </>}
        {t('load.since', { since: clock(load.since) })}
      </span>
    </div>
  );
}
