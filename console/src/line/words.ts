import { useTranslation } from 'react-i18next';

/** A spoken language's short name in the page's language; '' when unknown. */
export function useLanguageName(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => (code === 'ru' || code === 'kk' || code === 'mix' ? t(`language.${code}`) : code);
}
