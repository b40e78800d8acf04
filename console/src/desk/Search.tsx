import { Kbd, TextInput } from '@mantine/core';
import { type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SEARCH_ID } from './keys';
import style from './call.module.css';

interface Props { asked: string; ask: (words: string) => void; box: RefObject<HTMLDivElement | null> }

/** Search within the words of this call: Enter goes on to the next find, Shift+Enter back, Esc leaves. */
export function Search({ asked, ask, box }: Props) {
  const { t } = useTranslation();
  const at = useRef(-1);
  const [told, tell] = useState('');
  const go = (by: 1 | -1): void => {
    const finds = [...(box.current?.querySelectorAll('[data-found]') ?? [])];
    if (finds.length === 0) {
      tell(t('desk.search_none'));
      return;
    }
    at.current = (at.current + by + finds.length) % finds.length;
    finds[at.current]?.scrollIntoView({ block: 'center' });
    tell(`${String(at.current + 1)} / ${String(finds.length)}`);
  };
  return (
    <span className={style.search}>
      {told !== '' && asked !== '' && <span className="quiet tabular" role="status">{told}</span>}
      <TextInput
        id={SEARCH_ID} size="xs" w={150} value={asked} placeholder={t('desk.search')} rightSection={<Kbd size="xs">/</Kbd>} aria-label={t('desk.search')}
        onChange={(event) => { ask(event.currentTarget.value); at.current = -1; tell(''); }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') ask('');
        }}
      />
    </span>
  );
}
