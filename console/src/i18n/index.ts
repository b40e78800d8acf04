import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { kk } from './kk';
import { ru } from './ru';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    resources: { words: typeof ru };
    keySeparator: '.';
  }
}

export const LANGUAGES = ['ru', 'kk', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
const KEPT = 'line102.language';

function kept(): Language {
  try {
    const language = localStorage.getItem(KEPT);
    return LANGUAGES.find((known) => known === language) ?? 'ru';
  } catch {
    return 'ru';
  }
}

export function speak(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // a browser that keeps nothing still speaks the language until it is closed
  }
  void i18next.changeLanguage(language);
}

i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language;
  document.title = i18next.t('top.title');
});

void i18next.use(initReactI18next).init({
  lng: kept(),
  fallbackLng: 'ru',
  ns: ['words'],
  defaultNS: 'words',
  resources: { ru: { words: ru }, kk: { words: kk }, en: { words: en } },
  interpolation: { escapeValue: false }, // React escapes
  initAsync: false,
});

const REASONS: ReadonlySet<string> = new Set(Object.keys(ru.reason));

/** The service's own reasons in the page's language; what it does not know, and the detail after a colon, as they came. */
export function reason(words: string): string {
  const [head, ...detail] = words.split(': ');
  if (head === undefined || !REASONS.has(head)) return words;
  return [i18next.t(`reason.${head as keyof typeof ru.reason}`), ...detail].join(': ');
}
