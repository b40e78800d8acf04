import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/read';

const KNOWN = {
  wrong_password: 1, weak_password: 1, locked: 1, exists: 1, full: 1, gone: 1, unknown_seat: 1, last_administrator: 1, no_permission: 1,
} as const;

/** Why the server did not do it, in the page's words; '' when it did. */
export function useRefusal(failure: Error | null): string {
  const { t } = useTranslation();
  if (failure === null) return '';
  if (!(failure instanceof ApiFailure) || failure.status >= 500) return t('session.failure.link');
  if (failure.code in KNOWN) return t(`session.failure.${failure.code as keyof typeof KNOWN}`);
  return t(failure.status === 403 ? 'session.failure.no_permission' : 'session.failure.other', { code: failure.code });
}
