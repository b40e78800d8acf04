import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CardConflict } from '../src/api/desk';
import { ApiFailure } from '../src/api/read';
import type { Card, CardText } from '../src/api/types';
import { draftOf, EMPTY, isDirty, isDue, keepMine, refused, sending, taken, takeTheirs, told, typed } from '../src/desk/draft';
import { CardKeeper } from '../src/desk/keeper';

const card = (version: number, more: Partial<Card> = {}): Card => ({ ...EMPTY, version, at: '2026-03-02T09:00:00Z', by: 'op1', ...more });

describe('a card as typed beside the server’s', () => {
  const begun = typed(draftOf(null), { note: 'нож' });
  it('is to be sent once it differs', () => {
    expect(isDue(draftOf(card(3, { note: 'нож' })))).toBe(false);
    expect(isDue(begun)).toBe(true);
    expect(isDue(sending(begun))).toBe(false);
  });
  it('keeps what was typed while the rest was on its way', () => {
    const after = taken(typed(sending(begun), { note: 'нож в руке' }), card(1, { note: 'нож' }));
    expect([after.text.note, after.version, isDue(after)]).toEqual(['нож в руке', 1, true]);
  });
  it('takes its own words back from the feed for no conflict, before the answer and after it', () => {
    const early = told(typed(sending(begun), { note: 'нож в руке' }), card(1, { note: 'нож' }));
    expect([early.theirs, early.text.note, early.sent?.note]).toEqual([null, 'нож в руке', 'нож']);
    const late = told(taken(sending(begun), card(1, { note: 'нож' })), card(1, { note: 'нож' }));
    expect([late.theirs, isDirty(late)]).toEqual([null, false]);
  });
  it('shows what somebody else wrote when nothing of ours is open', () => {
    expect(told(draftOf(card(1)), card(2, { place: 'Абая, 10' })).text.place).toBe('Абая, 10');
  });
  it('never writes over somebody’s words, nor loses ours: the operator chooses', () => {
    const theirs = card(2, { note: 'их', by: 'op2' });
    for (const torn of [told(begun, theirs), refused(sending(begun), theirs)]) {
      expect([torn.text.note, torn.theirs, isDue(torn)]).toEqual(['нож', theirs, false]);
      const mine = keepMine(torn);
      expect([mine.text.note, mine.version, isDue(mine)]).toEqual(['нож', 2, true]);
      expect([takeTheirs(torn).text.note, isDue(takeTheirs(torn))]).toEqual(['их', false]);
    }
  });
  it('an older telling changes nothing', () => {
    const draft = draftOf(card(4, { note: 'новое' }));
    expect(told(draft, card(3, { note: 'старое' }))).toBe(draft);
  });
  it('the same words by another hand are no conflict', () => {
    expect(refused(sending(begun), card(5, { note: 'нож' }))).toMatchObject({ theirs: null, version: 5, sent: null });
  });
});

class Shelf {
  readonly held = new Map<string, string>();
  get length(): number { return this.held.size; }
  key(n: number): string | null { return [...this.held.keys()][n] ?? null; }
  getItem(key: string): string | null { return this.held.get(key) ?? null; }
  setItem(key: string, value: string): void { this.held.set(key, value); }
  removeItem(key: string): void { this.held.delete(key); }
}

describe('the keeper of cards', () => {
  let shelf: Shelf;
  let server: Card | null;
  let written: CardText[];
  let away: Error | null;
  const write = async (_: string, text: CardText, version: number): Promise<Card> => {
    await Promise.resolve();
    if (away !== null) throw away;
    if (version !== (server?.version ?? 0)) throw new CardConflict(server);
    written.push(text);
    server = card(version + 1, text);
    return server;
  };
  const keeper = (): CardKeeper => new CardKeeper('asaparova', shelf, write);
  beforeEach(() => {
    [shelf, server, written, away] = [new Shelf(), null, [], null];
    vi.useFakeTimers();
  });
  afterEach(() => { vi.useRealTimers(); });

  it('sends when the typing rests, and at the latest after two seconds', async () => {
    const one = keeper();
    one.show('a', null);
    for (const note of ['н', 'но', 'нож']) {
      one.type('a', { note });
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(written.map((text) => text.note)).toEqual(['нож']);
    for (let n = 0; n < 8; n += 1) {
      one.type('a', { note: `нож ${String(n)}` });
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(written.length).toBe(2);
  });

  it('keeps in the tab what the server does not have, and only that', async () => {
    const one = keeper();
    one.show('a', null);
    one.type('a', { note: 'нож' });
    expect(shelf.length).toBe(1);
    expect(one.unsaved()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(600);
    expect(shelf.length).toBe(0);
    expect(one.unsaved()).toEqual([]);
  });

  it('a page that was reloaded in mid-word goes on with it', async () => {
    away = new TypeError('no link');
    const before = keeper();
    before.show('a', null);
    before.type('a', { note: 'нож', place: 'Абая, 10' });
    before.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(written).toEqual([]);
    away = null;
    const after = keeper();
    after.start();
    after.show('a', null);
    expect(after.read('a')?.text).toMatchObject({ note: 'нож', place: 'Абая, 10' });
    await vi.advanceTimersByTimeAsync(10);
    expect(written).toHaveLength(1);
    expect(shelf.length).toBe(0);
  });

  it('another account at the same screen never sees them', () => {
    const one = keeper();
    one.show('a', null);
    one.type('a', { note: 'нож' });
    const other = new CardKeeper('erlan', shelf, write);
    other.start();
    expect(other.unsaved()).toEqual([]);
  });

  it('tries again by itself until the service is back, and says meanwhile that it failed', async () => {
    away = new ApiFailure(503, 'away');
    const one = keeper();
    one.show('a', null);
    one.type('a', { note: 'нож' });
    await vi.advanceTimersByTimeAsync(9000);
    expect(one.read('a')?.failed).toBe(true);
    away = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(written.map((text) => text.note)).toEqual(['нож']);
    expect(one.read('a')?.failed).toBe(false);
  });

  it('a card written elsewhere meanwhile waits for a choice, and then goes over it', async () => {
    const one = keeper();
    one.show('a', null);
    server = card(1, { note: 'их', by: 'op2' });
    one.type('a', { note: 'моё' });
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toEqual([]);
    expect(one.read('a')?.theirs?.note).toBe('их');
    one.choose('a', 'mine');
    await vi.advanceTimersByTimeAsync(10);
    expect(server).toMatchObject({ version: 2, note: 'моё' });
  });

  it('sends everything at once when the page goes', async () => {
    const one = keeper();
    one.show('a', null);
    one.type('a', { note: 'нож' });
    one.flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(written).toHaveLength(1);
  });
});
