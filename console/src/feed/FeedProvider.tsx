import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { FeedClient, type Picture } from './client';

const Feed = createContext<FeedClient | null>(null);

function addressOfFeed(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/feed`;
}

export function FeedProvider({ children }: { children: ReactNode }) {
  const [client] = useState(() => new FeedClient(addressOfFeed()));
  useEffect(() => {
    const back = (): void => {
      if (document.visibilityState === 'visible') client.hurry();
    };
    window.addEventListener('online', back);
    document.addEventListener('visibilitychange', back);
    return () => {
      window.removeEventListener('online', back);
      document.removeEventListener('visibilitychange', back);
    };
  }, [client]);
  return <Feed value={client}>{children}</Feed>;
}

/** The line as the server last told it, and the state of the link it was told over. */
export function usePicture(): Picture {
  const client = useContext(Feed);
  if (client === null) throw new Error('usePicture outside FeedProvider');
  return useSyncExternalStore(client.subscribe, client.read);
}
