import { useTranslation } from 'react-i18next';
import { usePicture } from '../feed/FeedProvider';
import { HelpSheet } from '../parts/HelpSheet';
import { ModesSheet } from '../parts/ModesSheet';
import { CallPane } from './CallPane';
import { useChosen } from './chosen';
import { FinishedList } from './FinishedList';
import { useLineKeys } from './keyboard';
import { LiveLists } from './LiveLists';
import style from './LinePage.module.css';

/** The line: who waits and talks, the chosen call, what is finished. */
export function LinePage() {
  const { line } = usePicture();
  const chosen = useChosen();
  useLineKeys(chosen.follow);
  if (line === null) return <Loading />;
  return (
    <div className={style.page}>
      <LiveLists line={line} chosen={chosen} />
      <CallPane line={line} chosen={chosen} />
      <FinishedList line={line} chosen={chosen} />
      <HelpSheet />
      <ModesSheet />
    </div>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className={style.page} aria-busy="true">
      {[6, 9, 8].map((rows, column) => (
        <div key={column} className={style.column}>
          <p className="quiet">{column === 0 ? t('loading') : '\u00a0'}</p>
          {Array.from({ length: rows }, (_, row) => (
            <div key={row} className="skeleton" style={{ height: 36, margin: '0 0 10px' }} />
          ))}
        </div>
      ))}
    </div>
  );
}
