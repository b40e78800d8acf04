import { Kbd, SegmentedControl } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../api/read';
import type { Call } from '../api/types';
import { languageOf } from './facts';
import { LANGUAGE_ID } from './keyboard';
import { useLanguageName } from './words';
import style from './call.module.css';

const NAMES: Record<string, string> = { ru: 'Русский', kk: 'Қазақша' }; // each in its own language
const AUTO = '';

/** The language in which the call is read: the recogniser's choice, or the operator's. Beside it what is recognised. */
export function LanguageChoice({ call, languages }: { call: Call; languages: readonly string[] }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const sending = useMutation({ mutationFn: (language: string | null) => chooseLanguage(call.id, language) });
  const [asked, ask] = useState<{ wanted: string | null; before: string | null } | null>(null);
  if (asked !== null && (sending.isError || call.language !== asked.before)) ask(null); // the server knows better
  const shown = asked === null ? call.language : asked.wanted;
  const hears = nameOf(languageOf(call));
  return (
    <div className={style.speech} data-testid="speech-language">
      <span id={`${LANGUAGE_ID}-title`}>{t('speech.title')}</span>
      <SegmentedControl
        id={LANGUAGE_ID} size="xs" aria-labelledby={`${LANGUAGE_ID}-title`} value={shown ?? AUTO} transitionDuration={0}
        data={[{ value: AUTO, label: t('speech.auto') }, ...languages.map((code) => ({ value: code, label: NAMES[code] ?? code }))]}
        onChange={(value) => {
          const wanted = value === AUTO ? null : value;
          sending.mutate(wanted);
          ask({ wanted, before: call.language });
        }}
      />
      <Kbd>L</Kbd>
      {hears !== '' && <span>{t('speech.hears', { language: hears })}</span>}
      {sending.isError && <span role="status">{t('speech.failed')}</span>}
    </div>
  );
}
