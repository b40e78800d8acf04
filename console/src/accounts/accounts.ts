// Accounts and audit, as the server tells them.
import { change, read } from '../api/read';
import type { PhoneKind, Role } from '../session/session';

export interface Account {
  name: string; display_name: string; roles: Role[]; operator: string | null; phone: PhoneKind; language: string; disabled: boolean;
  must_change: boolean; has_password: boolean; last_seen: string | null;
}
export interface Accounts { accounts: Account[]; seats: string[] }
export type NewAccount = Pick<Account, 'name' | 'display_name' | 'roles' | 'operator' | 'phone' | 'language'>;
export type AccountChange = Partial<Omit<NewAccount, 'name'> & { disabled: boolean }>;
export interface OneTime { link: string }
export interface Audited { at: string; account: string; action: string; object: string; address: string }
export interface AuditPage { events: Audited[]; next_before: string | null }

const of = (name: string): string => `/api/accounts/${encodeURIComponent(name)}`;
const json = async <T,>(answer: Response): Promise<T> => (await answer.json()) as T;

export const readAccounts = (): Promise<Accounts> => read<Accounts>('/api/accounts');
/** The link by which the new account signs in for the first time. */
export const addAccount = async (account: NewAccount): Promise<OneTime> => json<OneTime>(await change('/api/accounts', account));
export async function changeAccount(name: string, what: AccountChange): Promise<void> {
  await change(of(name), what);
}
export const newLink = async (name: string): Promise<OneTime> => json<OneTime>(await change(`${of(name)}/link`, {}));
export async function endSessions(name: string): Promise<void> {
  await change(`${of(name)}/sign-out`, {});
}

export function readAudit(before: string | null, limit: number): Promise<AuditPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before !== null) query.set('before', before);
  return read<AuditPage>(`/api/audit?${query.toString()}`);
}
