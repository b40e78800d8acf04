// One clock for the page, ticking once a second, on the server's time; it stands still while the link is broken.
import { useSyncExternalStore } from 'react';
import { useFeed } from './FeedProvider';

const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
let tick = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(() => {
    tick = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
}

/** ms since 1970 by the server's clock; frozen at the moment the link was lost. */
export function useNow(): number {
  const now = useSyncExternalStore(subscribe, () => tick);
  const stood = useFeed(({ link }) => link.state === 'stale' ? link.since : null);
  return (stood ?? now) + useFeed(({ line }) => line?.ahead_ms ?? 0);
}
