// The call on the desk: from the live picture, else, when it has left it before its card was done, from the ledger.
import { useQuery } from '@tanstack/react-query';
import { readCall } from '../api/read';
import type { Call } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { sameButWords } from './mine';

/** Drawn again with every word of the call. */
export const useDeskCall = (id: string | null): Call | undefined => useEither(id, useFeed(({ line }) => line?.calls.get(id ?? '')));

/** Drawn again only when something other than its words changes. */
export const useCallFacts = (id: string | null): Call | undefined =>
  useEither(id, useFeed(({ line }) => line?.calls.get(id ?? ''), sameButWords));

function useEither(id: string | null, live: Call | undefined): Call | undefined {
  const read = useQuery({ queryKey: ['call', id], queryFn: () => readCall(id ?? ''), enabled: id !== null && live === undefined });
  return live ?? read.data;
}
