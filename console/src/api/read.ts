// Asking the API. A failure carries the server's own code, so that the page can say what to do.
import type { Call, CallsPage, Label, LanguageMode, Mode } from './types';

export class ApiFailure extends Error {
  /** `body`: the server's whole answer, where it says what stands instead. */
  constructor(readonly status: number, readonly code: string, readonly body: unknown = null) {
    super(`${String(status)} ${code}`);
  }
}

export async function ask(address: string, more: RequestInit = {}): Promise<Response> {
  const response = await fetch(address, { credentials: 'same-origin', ...more });
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => null);
    const code = typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : 'error';
    throw new ApiFailure(response.status, code, body);
  }
  return response;
}

export async function change(address: string, body: object, method: 'POST' | 'PUT' = 'POST'): Promise<Response> {
  return ask(address, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

export async function read<T>(address: string): Promise<T> {
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
  await change(`/api/calls/${encodeURIComponent(id)}/language`, { language });
}

/** One key: the caller is sent to the help line, or the flag was wrong. */
export async function decideFlag(id: string, accepted: boolean, reason: string): Promise<void> {
  await change(`/api/calls/${encodeURIComponent(id)}/flag`, { accepted, reason });
}

/** From the help line to the head of 102. */
export async function callBack(id: string): Promise<void> {
  await change(`/api/calls/${encodeURIComponent(id)}/return`, {});
}

/** What the call was, as a person says. `audit`: a supervisor has listened to it. */
export async function categorise(id: string, label: Label, audit: boolean): Promise<void> {
  await change(`/api/calls/${encodeURIComponent(id)}/category`, { label, category: '', audit });
}

export const readModes = (): Promise<LanguageMode[]> => read<LanguageMode[]>('/api/modes');
export async function changeMode(language: string, mode: Mode, reason: string): Promise<void> {
  await change('/api/modes', { language, mode, reason });
}

/** Why the feed cannot be opened: true when the server wants the key. */
export async function isDenied(): Promise<boolean> {
  try {
    return (await fetch('/api/openapi.json', { credentials: 'same-origin' })).status === 401;
  } catch {
    return false;
  }
}
