// Who looks: the account behind this page. The server decides what it may; the page only leaves out what it may not.
import { useQuery } from '@tanstack/react-query';
import { ApiFailure } from '../api/read';

export type Role = 'operator' | 'supervisor' | 'administrator';
export type PhoneKind = 'web' | 'desk';

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

export async function readSession(): Promise<Session> {
  const response = await fetch('/api/session', { credentials: 'same-origin' });
  if (!response.ok) throw new ApiFailure(response.status, 'error');
  return (await response.json()) as Session;
}

/** Null while it is being read, and when nobody is signed in (the feed then says so: LinkNotice). */
export function useSession(): Session | null {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: 60_000 }).data ?? null;
}

export const mayDo = (session: Session | null, role: Role): boolean => session?.roles.includes(role) ?? false;
