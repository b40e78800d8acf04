// Large text, for tired eyes: kept at this workplace.
import { useSyncExternalStore } from 'react';

export type TextSize = 'normal' | 'large';
const KEPT = 'line102.text';
const listeners = new Set<() => void>();
let size: TextSize = kept();

function kept(): TextSize {
  try {
    return localStorage.getItem(KEPT) === 'large' ? 'large' : 'normal';
  } catch {
    return 'normal';
  }
}

export function changeTextSize(): void {
  size = size === 'large' ? 'normal' : 'large';
  try {
    localStorage.setItem(KEPT, size);
  } catch {
    // a browser that keeps nothing still shows it until it is closed
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useTextSize = (): TextSize => useSyncExternalStore(subscribe, () => size);
