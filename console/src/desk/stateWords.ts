import { useTranslation } from 'react-i18next';

/** Sent as they stand here; the state menu's order. */
export const PAUSES = ['break', 'meal', 'training', 'meeting', 'technical'] as const;
const PAUSED = new Set<string>([...PAUSES, 'wrap-up', 'other phone', 'ring_no_answer']);
const WHYS = new Set<string>(['off', 'paused', 'wrap_up', 'phone_away', 'pbx_down', 'talking', 'ringing', 'nobody_waits']);
type Pause = (typeof PAUSES)[number];
type Why = 'off' | 'paused' | 'wrap_up' | 'phone_away' | 'pbx_down' | 'talking' | 'ringing' | 'nobody_waits';

/** Why an operator is paused, in the page's words; what the page does not know, as it came. */
export function usePauseReason(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => (code === '' ? t('desk.state.paused') : PAUSED.has(code) ? t(`desk.pause.${code as Pause}`) : code);
}

/** Why no call comes. */
export function useWhy(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => (WHYS.has(code) ? t(`desk.why.${code as Why}`) : code);
}
