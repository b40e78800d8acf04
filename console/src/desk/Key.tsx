import { Kbd } from '@mantine/core';
import type { ReactNode } from 'react';
import style from './desk.module.css';

interface Props {
  /** The key's place (KeyboardEvent.code; Plus for +). Empty: by Tab and mouse only. */
  hotkey?: string;
  /** What stands on the key. */
  shown?: string;
  onPress: () => void;
  pressed?: boolean | undefined;
  busy?: boolean | undefined;
  /** main: the one thing to do now. quiet: no frame. */
  look?: 'main' | 'quiet' | undefined;
  title?: string | undefined;
  children: ReactNode;
}

/** A control of the desk with its key on it. keys.ts presses it. */
export function Key({ hotkey, shown, onPress, pressed, busy, look, title, children }: Props) {
  return (
    <button
      type="button" className={style.key} data-look={look} data-hotkey={hotkey} aria-pressed={pressed} disabled={busy} title={title}
      aria-keyshortcuts={shown} onClick={() => { onPress(); }}
    >
      {shown !== undefined && <Kbd size="xs">{shown}</Kbd>}<span>{children}</span>
    </button>
  );
}
