import { useTranslation } from 'react-i18next';
import { useFeed } from '../feed/FeedProvider';
import { mayDo, useSession } from '../session/session';
import { Levels } from './Levels';
import { Seats } from './Seats';
import { Waits } from './Waits';
import style from './wallboard.module.css';

/** For a wall: who waits and says what, how the line keeps its promises, who is there. */
export function WallboardPage() {
  const { t } = useTranslation();
  const session = useSession();
  const known = useFeed(({ line }) => line !== null);
  if (session !== null && !mayDo(session, 'supervisor') && !mayDo(session, 'administrator')) {
    return <p className={style.notice} data-testid="wall-denied">{t('wallboard.denied')}</p>;
  }
  if (!known || session === null) return <Loading />;
  return (
    <div className={style.wall} data-testid="wallboard">
      <Waits />
      <Levels />
      <Seats />
    </div>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className={style.wall} aria-busy="true">
      {[4, 6, 8].map((rows, column) => (
        <section key={column} className={style.column}>
          <p className="quiet">{column === 0 ? t('loading') : '\u00a0'}</p>
          {Array.from({ length: rows }, (_, row) => <div key={row} className={`skeleton ${style.bone ?? ''}`} />)}
        </section>
      ))}
    </div>
  );
}
