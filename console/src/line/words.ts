import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/read';
import type { Call } from '../api/types';
import { reason } from '../i18n';

/** A spoken language's short name in the page's language; '' when unknown. */
export function useLanguageName(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => (code === 'ru' || code === 'kk' || code === 'mix' ? t(`language.${code}`) : code);
}

/** "адрес; приём" as «адрес», «приём». */
export const wordsOf = (words: string): string => words.split('; ').filter(Boolean).map((each) => `«${each}»`).join(', ');

/** The words that raised a caller, or that it was their silence; '' when nothing did. */
export function useUrgentWords(call: Call): string {
  const { t } = useTranslation();
  if (call.urgency === 'normal') return '';
  return call.urgent_words === '' ? t('urgent.silence') : wordsOf(call.urgent_words);
}

const CALLED_BACK = /^called back by (.+)$/;

/** Why a caller came back from the help line. */
export function useWhyBack(): (why: string) => string {
  const { t } = useTranslation();
  return (why) => {
    const by = CALLED_BACK.exec(why)?.[1];
    return by === undefined ? reason(why) : t('help_line.called_back', { who: by });
  };
}

/** Why a decision was not taken; '' when it was, or none was sent. */
export function useFailure(failure: Error | null): string {
  const { t } = useTranslation();
  if (failure === null) return '';
  if (!(failure instanceof ApiFailure)) return t('failure.link');
  return failure.status === 409 ? t('failure.refused') : failure.status === 404 ? t('failure.gone') : t('failure.link');
}
