import { describe, expect, it } from 'vitest';
import type { Evidence, Segment } from '../src/api/types';
import { corrections, piecesOf } from '../src/line/pieces';

const segment = (more: Partial<Segment>): Segment => ({
  side: 'caller', start_s: 1, end_s: 2, text: '', language: 'ru', confidence: 1, model: 'm', revision: 1, final: true,
  heard: 'live', suppressed: null, committed: null, as_heard: null, ...more,
});
const evidence = (words: string): Evidence => ({ words, start: 0, end: words.length, label: 'EMERGENCY', because: words });
const seen = (text: string, as_heard: string): [string, string][] =>
  corrections(text, as_heard).map((c) => [text.slice(c.start, c.end), c.heard]);

describe('the pieces of a text', () => {
  it('are the text again, whatever is marked', () => {
    const text = 'помогите улица Абая сто пятьдесят';
    for (const committed of [null, 0, 4, 9, text.length, 99]) {
      const partial = segment({ text, final: false, committed, as_heard: 'помогите улица обоя сто пятьдесят' });
      const pieces = piecesOf(partial, [evidence('Помогите'), evidence('Абая сто'), evidence('нет такого')]);
      expect(pieces.map((p) => p.text).join('')).toBe(text);
      expect(pieces.every((p) => p.text !== '')).toBe(true);
      expect(pieces.filter((p) => p.label !== null).map((p) => p.text).join('')).toBe('помогитеАбая сто');
    }
  });
  it('show what two passes agreed on apart from what may still change', () => {
    const partial = segment({ text: 'он ломает мне', final: false, committed: 9 });
    expect(piecesOf(partial, []).map((p) => [p.text, p.tail])).toEqual([['он ломает', false], [' мне', true]]);
    expect(piecesOf({ ...partial, final: true }, []).map((p) => p.tail)).toEqual([false]);
  });
  it('count characters as the server does', () => {
    const partial = segment({ text: '🚓 едет к вам', final: false, committed: 6 });
    expect(piecesOf(partial, [])[0]?.text).toBe('🚓 едет');
  });
  it('mark the flag inside a text once, the first of two that overlap', () => {
    const pieces = piecesOf(segment({ text: 'он ломает дверь' }), [evidence('ломает дверь'), evidence('дверь')]);
    expect(pieces.map((p) => [p.text, p.label])).toEqual([['он ', null], ['ломает дверь', 'EMERGENCY']]);
  });
});

describe('places and what is searched for', () => {
  it('are marked in the text, what is searched for wherever it stands', () => {
    const pieces = piecesOf(segment({ text: 'на Абая и потом по Абая' }), [], ['Абая'], ' аба');
    expect(pieces.filter((p) => p.place).map((p) => p.text).join('')).toBe('Абая');
    expect(pieces.filter((p) => p.found).map((p) => p.text)).toEqual(['Аба', 'Аба']);
    expect(pieces.map((p) => p.text).join('')).toBe('на Абая и потом по Абая');
  });
  it('nothing is marked for nothing asked', () => {
    expect(piecesOf(segment({ text: 'да' }), [], [''], '  ')).toEqual([{ text: 'да', label: null, heard: null, tail: false, place: false, found: false }]);
  });
});

describe('corrected words', () => {
  it.each([
    ['адрес Медеуского отдела', 'адрес медейского отдела', [['Медеуского', 'медейского']]],
    ['улица Толе би десять', 'улица талеби десять', [['Толе би', 'талеби']]],
    ['Абая сто', 'о бая сто', [['Абая', 'о бая']]],
    ['на Сейфуллина и Раимбека', 'на сейфулина и райымбека', [['Сейфуллина', 'сейфулина'], ['Раимбека', 'райымбека']]],
    ['проспект Достык', 'проспект проспект Достык', [['Достык', 'проспект Достык']]],
    ['улица Абая', 'улица Абая э', [['Абая', 'э']]],
    ['одно и то же', 'одно и то же', []],
    ['', 'что-то', []],
  ])('%s ← %s', (text, as_heard, found) => {
    expect(seen(text, as_heard)).toEqual(found);
  });
});
