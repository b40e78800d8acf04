import { Outlet, useMatch } from 'react-router';
import { DeskBar } from './desk/DeskBar';
import { useFeed } from './feed/FeedProvider';
import { TopBar } from './parts/TopBar';
import { Denied, LinkNotice } from './parts/LinkNotice';
import { LoadNotice } from './parts/LoadNotice';
import { PhoneKeeper } from './phone/PhoneKeeper';
import { PasswordSheet } from './session/PasswordSheet';
import style from './Shell.module.css';

/** What every page has: the state bar, the notice about the link, the phone, the view, what gives way. */
export function Shell() {
  const link = useFeed((picture) => picture.link.state);
  const atDesk = useMatch('/desk') !== null;
  const denied = link === 'denied';
  return (
    <div className={style.shell}>
      {!denied && (atDesk ? <DeskBar /> : <TopBar />)}
      {!denied && <LinkNotice />}
      <PhoneKeeper /> {/* in the same place whatever happens to the session: who talks goes on talking */}
      {denied ? <Denied /> : (
        <main className={style.view} data-stale={link === 'stale' || undefined}>
          <Outlet />
        </main>
      )}
      {!denied && <LoadNotice />}
      {!denied && <PasswordSheet />}
    </div>
  );
}
