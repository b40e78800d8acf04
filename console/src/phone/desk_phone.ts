// What the service says of this operator's phone, and what the phone tells the service.
import { ApiFailure } from '../api/read';

export interface DeskPhone {
  user: string; password: string; domain: string; path: string; answer: 'ring' | 'auto'; ice: RTCIceServer[];
}
const HELD = '/api/desk/phone/held';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Raises ApiFailure. */
export async function readDeskPhone(): Promise<DeskPhone> {
  const response = await fetch('/api/desk/phone', { credentials: 'same-origin' });
  if (!response.ok) throw new ApiFailure(response.status, 'error');
  return (await response.json()) as DeskPhone;
}

/** The calls that this page holds. A leg that no page holds is taken down, and its caller is back at the head. */
export async function sayHeld(calls: readonly string[]): Promise<boolean> {
  try {
    const options = { method: 'POST', credentials: 'same-origin', headers: JSON_TYPE, body: JSON.stringify({ calls }) } as const;
    return (await fetch(HELD, options)).ok;
  } catch {
    return false;
  }
}

/** The page goes: nothing is held any more. A beacon outlives the page. */
export function sayGone(): void {
  navigator.sendBeacon(HELD, new Blob([JSON.stringify({ calls: [] })], { type: 'application/json' }));
}

export type Sent = 'sent' | 'refused' | 'unreachable';
/** By the service, which knows where callers may be sent and writes it down. */
export async function sendCaller(id: string, to: string): Promise<Sent> {
  try {
    const address = `/api/calls/${encodeURIComponent(id)}/transfer`;
    const options = { method: 'POST', credentials: 'same-origin', headers: JSON_TYPE, body: JSON.stringify({ to }) } as const;
    const { ok, status } = await fetch(address, options);
    return ok ? 'sent' : status >= 500 || status === 404 ? 'unreachable' : 'refused';
  } catch {
    return 'unreachable';
  }
}

export const addressOf = (path: string): string => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
