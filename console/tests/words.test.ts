import { describe, expect, it } from 'vitest';
import { en } from '../src/i18n/en';
import { kk } from '../src/i18n/kk';
import { ru } from '../src/i18n/ru';

type Tree = { [key: string]: string | Tree };
function flat(tree: Tree, path = ''): Map<string, string> {
  return new Map(Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as const] : [...flat(value, `${path}${key}/`)]));
}
const [RU, KK, EN] = [flat(ru), flat(kk), flat(en)];
const holes = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();
// The same word in both languages.
const SHARED = new Set(['lamp/pbx', 'lamp/disk', 'call/operator', 'gap/why', 'speech/auto', 'coverage/seconds', 'category/told', 'session/role/operator', 'desk/jump', 'desk/card', 'desk/lamp/phone', 'desk/lamp/microphone']);

describe.each([['kk', KK], ['en', EN]] as const)('%s', (_, words) => {
  it('has every key, none empty, with the same values to fill in', () => {
    expect([...words.keys()].sort()).toEqual([...RU.keys()].sort());
    for (const [key, text] of words) {
      expect(text.trim(), key).not.toBe('');
      expect(holes(text), key).toEqual(holes(RU.get(key) ?? ''));
    }
  });
});

it('is written in Kazakh, not left in Russian', () => {
  const same = [...KK].filter(([key, text]) => RU.get(key) === text && !SHARED.has(key)).map(([key]) => key);
  expect(same).toEqual([]);
  const letters = [...KK.values()].join('').match(/[әғқңөұүһі]/gi) ?? [];
  expect(letters.length).toBeGreaterThan(300);
});

it('leaves no Cyrillic in English', () => {
  expect([...EN].filter(([, text]) => /[а-яё]/i.test(text)).map(([key]) => key)).toEqual([]);
});
