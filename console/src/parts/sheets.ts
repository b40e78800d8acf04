// Which sheet lies over the page, if any: the keys' help, the modes. While one does, the line's own keys rest.
import { useSyncExternalStore } from 'react';

export type Sheet = 'help' | 'modes' | 'microphone' | 'password';

let open: Sheet | null = null;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
function set(sheet: Sheet | null): void {
  open = sheet;
  for (const listener of listeners) listener();
}

export const askFor = (sheet: Sheet): void => { set(open === sheet ? null : sheet); };
export const closeSheet = (): void => { set(null); };
export const sheetIsOpen = (): boolean => open !== null;
export const useSheet = (): Sheet | null => useSyncExternalStore(subscribe, () => open);
