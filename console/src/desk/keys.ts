// The desk's keys. Each presses the control that bears it; the order of the page is the order of choice, and an open list
// of choices ([data-keys-first]) goes before the rest. F-keys also work while typing.
import { useEffect } from 'react';
import { LANGUAGE_ID } from '../line/keyboard';
import { askFor, sheetIsOpen } from '../parts/sheets';

export const NOTE_ID = 'desk-note';
export const PLACE_ID = 'desk-place';
export const SEARCH_ID = 'desk-search';
export const CALL_BACKS_ID = 'desk-call-backs';
const OURS = /^F([2346789]|10)$/;
const ALWAYS = new Set(['F2', 'F3', 'F4']); // whatever lies over the page
const FIELDS: Record<string, string> = { KeyN: NOTE_ID, KeyP: PLACE_ID, Slash: SEARCH_ID };

export function useDeskKeys(): void {
  useEffect(() => {
    document.addEventListener('keydown', press);
    return () => { document.removeEventListener('keydown', press); };
  }, []);
}

function press(event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const { code } = event;
  if (code === 'F1') {
    event.preventDefault();
    if (!event.repeat) askFor('help');
  } else if (OURS.test(code)) {
    event.preventDefault(); // F3 searches, F6 leaves the page, F10 opens the browser's menu otherwise
    if (!event.repeat && !event.shiftKey && (ALWAYS.has(code) || !sheetIsOpen())) control(code);
  } else if (!sheetIsOpen()) {
    plain(event, event.target instanceof HTMLElement ? event.target : null);
  }
}

function plain(event: KeyboardEvent, target: HTMLElement | null): void {
  const typing = target?.matches('input:not([type=radio], [type=checkbox], [type=range]), textarea') ?? false;
  if (event.key === 'Escape') {
    if (typing) target?.blur();
    else control('Escape');
    return;
  }
  if (typing || event.repeat || target?.closest('[role=menu]')) return;
  if (event.key === '?') askFor('help');
  else if (event.code in FIELDS && !event.shiftKey) {
    event.preventDefault(); // the letter is the way there, not the first one typed
    document.getElementById(FIELDS[event.code] ?? '')?.focus();
  } else if (event.code === 'KeyC') focusFirst(CALL_BACKS_ID);
  else if (event.code === 'KeyL') nextLanguage();
  else control(placeOf(event));
}

/** Digits of both blocks are one; + is a place of its own on each. */
export function placeOf(event: Pick<KeyboardEvent, 'code' | 'key'>): string {
  if (event.key === '+' || event.code === 'NumpadAdd' || event.code === 'Equal') return 'Plus';
  return event.code.replace(/^Numpad(?=\d)/, 'Digit');
}

function control(place: string): void {
  const bearing = `[data-hotkey="${place}"]:enabled`;
  const first = document.querySelector('[data-keys-first]')?.querySelector<HTMLButtonElement>(bearing);
  (first ?? document.querySelector<HTMLButtonElement>(bearing))?.click();
}

function focusFirst(id: string): void {
  document.getElementById(id)?.querySelector<HTMLElement>('button:enabled')?.focus();
}

function nextLanguage(): void {
  const choices = [...document.querySelectorAll<HTMLInputElement>(`#${LANGUAGE_ID} input`)];
  choices[(choices.findIndex((choice) => choice.checked) + 1) % choices.length]?.click();
}
