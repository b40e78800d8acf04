// Which call the middle shows: the one a person chose (its id is in the address), else the one the page follows.
import { useCallback, useState } from 'react';
import { useMatch, useNavigate } from 'react-router';
import type { Call } from '../api/types';
import { usePicture } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { inOrderServed, isEnded, talking } from './facts';

const LINGER_MS = 8000; // an ended conversation stays this long before the next one is followed

/** The call to follow: what is followed stays until it is over; then who talks longest, else who is served next. */
export function followed(kept: string | null, calls: ReadonlyMap<string, Call>, now: number): string | null {
  const current = kept === null ? undefined : calls.get(kept);
  if (current !== undefined) {
    if (current.state === 'talking') return current.id;
    if (isEnded(current) && now - Date.parse(current.ended_at ?? '') < LINGER_MS) return current.id;
  }
  const next = talking(calls.values())[0] ?? (current !== undefined && !isEnded(current) ? current : inOrderServed(calls.values())[0]);
  return next?.id ?? current?.id ?? null;
}

export interface Chosen { id: string | null; following: boolean; open: (id: string) => void; follow: () => void }

export function useChosen(): Chosen {
  const { line } = usePicture();
  const now = useNow();
  const navigate = useNavigate();
  const picked = useMatch('/calls/:callId')?.params.callId ?? null;
  const [kept, keep] = useState<string | null>(null);
  const next = line === null ? null : followed(kept, line.calls, now);
  if (next !== kept) keep(next);
  const open = useCallback((id: string) => { void navigate(`/calls/${encodeURIComponent(id)}`); }, [navigate]);
  const follow = useCallback(() => { void navigate('/'); }, [navigate]);
  return { id: picked ?? next, following: picked === null, open, follow };
}
