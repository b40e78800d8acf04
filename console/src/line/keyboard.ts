// ↑ ↓ go through the calls, Enter opens (a row is a button), L changes the language in which the call is read,
// / searches, Esc follows the line, ? shows the keys, M the modes. Y N B 1…5 press the control that bears them.
import { useEffect } from 'react';
import { askFor, sheetIsOpen } from '../parts/sheets';

const ROWS = '[data-call-row]';
export const SEARCH_ID = 'search-finished';
export const LANGUAGE_ID = 'call-language';
const CONTROLS = /^(Key[YNB]|Digit[1-5])$/; // by the key's place: Н Т И in Russian and Kazakh layouts

let lastRow: string | null = null; // where the keyboard was, should its row have moved to another list

export function useLineKeys(follow: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey || sheetIsOpen()) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      const typing = target?.matches('input:not([type=radio], [type=checkbox]), textarea') ?? false;
      const ownArrows = target?.matches('audio, input[type=radio]') ?? false;
      const place = event.code.replace('Numpad', 'Digit');
      if (event.key === 'Escape') {
        if (typing) target?.blur();
        else if (!control('Escape')) follow();
      } else if (typing) {
        return;
      } else if (CONTROLS.test(place) && !event.repeat && !event.shiftKey) {
        control(place);
      } else if (event.code === 'KeyM' && !event.repeat) {
        askFor('modes');
      } else if (event.code === 'KeyL' && !event.repeat) { // the key's place: Д in Russian and Kazakh layouts
        nextLanguage();
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        if (ownArrows) return;
        event.preventDefault();
        step(event.key === 'ArrowDown' ? 1 : -1);
      } else if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) {
        askFor('help');
      } else if (event.key === '/' || event.code === 'Slash') { // the key's place: Russian and Kazakh layouts have no /
        event.preventDefault();
        document.getElementById(SEARCH_ID)?.focus();
      }
    };
    document.addEventListener('keydown', press);
    return () => { document.removeEventListener('keydown', press); };
  }, [follow]);
}

/** Press the control of the shown call that bears this key; an open list of choices goes before the rest. */
function control(place: string): boolean {
  const within = document.querySelector('[data-armed] [data-keys-first]') ?? document.querySelector('[data-armed]');
  const found = within?.querySelector<HTMLButtonElement>(`[data-hotkey="${place}"]:enabled`) ?? null;
  found?.click();
  return found !== null;
}

function nextLanguage(): void {
  const choices = [...document.querySelectorAll<HTMLInputElement>(`#${LANGUAGE_ID} input`)];
  choices[(choices.findIndex((choice) => choice.checked) + 1) % choices.length]?.click();
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const from = rows.findIndex((row) => row === document.activeElement || row.dataset.callRow === lastRow);
  const to = from < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + by));
  const row = rows[to];
  if (row === undefined) return;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
  lastRow = row.dataset.callRow ?? null;
}
