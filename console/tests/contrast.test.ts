import { describe, expect, it } from 'vitest';
import CSS from '../src/style/tokens.css?raw';

// WCAG 2.2, 1.4.3: text needs 4.5:1 on its ground.
const GROUNDS = ['surface', 'surface-2', 'accent-soft'];
const PAIRS: [string, string[]][] = [
  ['ink', GROUNDS], ['ink-2', GROUNDS], ['ink-3', GROUNDS], ['accent', GROUNDS],
  ['red', [...GROUNDS, 'red-soft']], ['amber', [...GROUNDS, 'amber-soft']],
];

function tokens(selector: string): Map<string, string> {
  const block = CSS.slice(CSS.indexOf(selector)).match(/\{([^}]*)\}/)?.[1] ?? '';
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function ratio(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

describe.each([['light', ':root {'], ['dark', ":root[data-mantine-color-scheme='dark'] {"]])('%s', (_, selector) => {
  const held = tokens(selector);
  it.each(PAIRS.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)))('%s on %s', (text, ground) => {
    expect(ratio(held.get(text) ?? '', held.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
  });
});
