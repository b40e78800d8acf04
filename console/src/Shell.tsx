import { Outlet } from 'react-router';
import { usePicture } from './feed/FeedProvider';
import { TopBar } from './parts/TopBar';
import { Denied, LinkNotice } from './parts/LinkNotice';
import { LoadNotice } from './parts/LoadNotice';
import style from './Shell.module.css';

/** What every page has: the state bar, the notice about the link, the view, what gives way. */
export function Shell() {
  const { link } = usePicture();
  if (link.state === 'denied') return <Denied />;
  return (
    <div className={style.shell}>
      <TopBar />
      <LinkNotice />
      <main className={style.view} data-stale={link.state === 'stale' || undefined}>
        <Outlet />
      </main>
      <LoadNotice />
    </div>
  );
}
