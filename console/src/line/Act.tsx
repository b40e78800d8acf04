import { Kbd } from '@mantine/core';
import type { ReactNode } from 'react';
import style from './decisions.module.css';

interface Props { hotkey: string; shown: string; onPress: () => void; pressed?: boolean; busy?: boolean; children: ReactNode }

/** A control with its key on it. `hotkey` is the key's place (KeyboardEvent.code), `shown` what stands on the key. */
export function Act({ hotkey, shown, onPress, pressed, busy, children }: Props) {
  return (
    <button type="button" className={style.act} data-hotkey={hotkey} aria-pressed={pressed} disabled={busy} onClick={onPress}>
      <Kbd size="xs">{shown}</Kbd> <span>{children}</span>
    </button>
  );
}
