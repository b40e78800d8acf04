// Asking the API. A failure carries the server's own code, so that the page can say what to do.
import type { Call, CallsPage } from './types';

export class ApiFailure extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(`${String(status)} ${code}`);
  }
}

async function ask(address: string, more: RequestInit = {}): Promise<Response> {
  const response = await fetch(address, { credentials: 'same-origin', ...more });
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => null);
    const code = typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : 'error';
    throw new ApiFailure(response.status, code);
  }
  return response;
}

async function read<T>(address: string): Promise<T> {
  return (await (await ask(address)).json()) as T;
}

export const recordingOf = (id: string): string => `/api/calls/${encodeURIComponent(id)}/recording`;
export const readCall = (id: string): Promise<Call> => read<Call>(`/api/calls/${encodeURIComponent(id)}`);

export function readCalls(before: string | null, limit: number): Promise<CallsPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before !== null) query.set('before', before);
  return read<CallsPage>(`/api/calls?${query.toString()}`);
}

/** The language in which a call is to be read from now on; null: the recogniser chooses. The feed then tells the call. */
export async function chooseLanguage(id: string, language: string | null): Promise<void> {
  await ask(`/api/calls/${encodeURIComponent(id)}/language`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ language }),
  });
}

/** Why the feed cannot be opened: true when the server wants the key. */
export async function isDenied(): Promise<boolean> {
  try {
    return (await fetch('/api/openapi.json', { credentials: 'same-origin' })).status === 401;
  } catch {
    return false;
  }
}
