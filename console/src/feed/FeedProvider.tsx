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
  const client = useClient();
  return useSyncExternalStore(client.subscribe, client.read);
}

/** A part of the picture: whoever asks is drawn again only when that part is another one (`same`: by default identity). */
export function useFeed<T>(select: (picture: Picture) => T, same: (one: T, other: T) => boolean = Object.is): T {
  const client = useClient();
  const [kept] = useState(() => new Kept<T>());
  return useSyncExternalStore(client.subscribe, () => kept.next(select(client.read()), same));
}

/** Whether two lists hold the same things in the same order. */
export const sameList = <T,>(one: readonly T[], other: readonly T[]): boolean =>
  one.length === other.length && one.every((each, index) => Object.is(each, other[index]));

/** The last value for as long as the next one is the same: useSyncExternalStore compares by identity. */
class Kept<T> {
  private value: { of: T } | null = null;
  next(value: T, same: (one: T, other: T) => boolean): T {
    if (this.value === null || !same(this.value.of, value)) this.value = { of: value };
    return this.value.of;
  }
}

function useClient(): FeedClient {
  const client = useContext(Feed);
  if (client === null) throw new Error('the feed is read outside FeedProvider');
  return client;
}
