// Who looks: the account behind this page. The server decides what it may; the page only leaves out what it may not.
import { useQuery } from '@tanstack/react-query';
import { ask, change, read } from '../api/read';

export type Role = 'operator' | 'supervisor' | 'administrator';
export type PhoneKind = 'web' | 'desk';
export const ROLES: readonly Role[] = ['operator', 'supervisor', 'administrator'];

export interface Session {
  account: string;
  display_name: string;
  roles: Role[];
  /** The seat; null: this account takes no calls. */
  operator: string | null;
  phone: PhoneKind;
  language: string;
  must_change: boolean;
}

export const SESSION_KEY = ['session'] as const;
export const readSession = (): Promise<Session> => read<Session>('/api/session');

/** Null while it is being read, and when nobody is signed in (the feed then says so: LinkNotice). */
export function useSession(): Session | null {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: 60_000 }).data ?? null;
}

export const mayDo = (session: Session | null, role: Role): boolean => session?.roles.includes(role) ?? false;

export async function keepLanguage(language: string): Promise<void> {
  await change('/api/session/language', { language });
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  await change('/api/session/password', { old, new: fresh });
}

export async function signOut(): Promise<void> {
  await ask('/api/session', { method: 'DELETE' });
}
