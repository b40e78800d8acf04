import { describe, expect, it } from 'vitest';
import { happen, type Happened, type Leg, type Order, type PhoneState, START, type Step, want, type Wanted } from '../src/phone/state';

const READY = happen(START, { what: 'registered' })[0];
type Act = Happened | Wanted;
const take = (state: PhoneState, act: Act): Step => 'what' in act ? happen(state, act) : want(state, act);
const after = (...acts: Act[]): PhoneState => acts.reduce((state, act) => take(state, act)[0], READY);
const orders = (state: PhoneState, act: Act): readonly Order[] => take(state, act)[1];

const RUNG: Happened = { what: 'rung', key: 'a', id: 'line102-1.1', from: '77010000001' };
const TALK: Act[] = [RUNG, { want: 'answer' }, { what: 'answered', key: 'a' }];
const CONSULT: Act[] = [...TALK, { want: 'consult', to: 'duty', key: 'b' }];

describe('a call', () => {
  it('rings, is answered once, talks and ends', () => {
    const rings = after(RUNG);
    expect(rings.call).toMatchObject({ id: 'line102-1.1', phase: 'ringing', direction: 'in' });
    expect(orders(rings, { want: 'answer' })).toEqual([{ do: 'answer', key: 'a' }]);
    expect(orders(after(RUNG, { want: 'answer' }), { want: 'answer' })).toEqual([]);
    expect(after(...TALK).call?.phase).toBe('talking');
    expect(after(...TALK, { what: 'ended', key: 'a', why: '' }).call).toBe(null);
  });
  it('is refused, not hung up, while it rings', () => {
    expect(orders(after(RUNG), { want: 'hang_up' })).toEqual([{ do: 'reject', key: 'a' }]);
    expect(orders(after(...TALK), { want: 'hang_up' })).toEqual([{ do: 'hang_up', key: 'a' }]);
  });
  it('is answered by itself only when asked for and with a microphone that works', () => {
    const auto: Act = { what: 'configured', auto: true };
    expect(orders(after(auto), RUNG)).toEqual([]);
    for (const microphone of ['silent', 'denied'] as const) expect(orders(after(auto, { what: 'microphone', microphone }), RUNG)).toEqual([]);
    expect(orders(after(auto, { what: 'microphone', microphone: 'ok' }), RUNG)).toEqual([{ do: 'answer', key: 'a' }]);
    expect(orders(after({ what: 'microphone', microphone: 'ok' }), RUNG)).toEqual([]);
  });
  it('turns a second caller away: Asterisk has other operators', () => {
    const second: Act = { what: 'rung', key: 'z', id: 'line102-1.9', from: '' };
    expect(orders(after(...TALK), second)).toEqual([{ do: 'reject', key: 'z' }]);
    expect(after(...TALK, second).call?.key).toBe('a');
  });
});

describe('the lost link', () => {
  const lost: Act = { what: 'connecting', why: 'no_link' };
  it('ends no talk', () => {
    expect(after(...TALK, lost).call?.phase).toBe('talking');
    expect(orders(after(...TALK), lost)).toEqual([]);
  });
  it('ends what only rings: it cannot be answered any more', () => {
    expect(after(RUNG, lost).call).toBe(null);
    expect(orders(after(RUNG), lost)).toEqual([{ do: 'reject', key: 'a' }]);
  });
  it('keeps the wish to hang up until it can be told', () => {
    const asked = after(...TALK, lost, { want: 'hang_up' });
    expect(asked.call).toMatchObject({ phase: 'talking', ending: true });
    expect(orders(asked, { what: 'registered' })).toEqual([{ do: 'hang_up', key: 'a' }]);
  });
  it('lets nothing be asked that JsSIP would answer by dropping the call', () => {
    const cut = after(...TALK, lost);
    for (const act of [{ want: 'hold', on: true }, { want: 'transfer', to: 'help' }, { want: 'consult', to: 'op2', key: 'b' }] as const) {
      expect(orders(cut, act)).toEqual([]);
    }
  });
  it('takes everything when another page takes the phone', () => {
    expect(after(...TALK, { what: 'taken_over', why: 'other_page' })).toMatchObject({ link: 'taken_over', call: null, consult: null });
  });
});

describe('a consultation', () => {
  it('holds the caller first', () => {
    expect(orders(after(...TALK), { want: 'consult', to: 'duty', key: 'b' })).toEqual([
      { do: 'hold', key: 'a', on: true }, { do: 'dial', key: 'b', to: 'duty' },
    ]);
  });
  it('is joined only when somebody is there', () => {
    expect(orders(after(...CONSULT), { want: 'complete_consult' })).toEqual([]);
    const there = after(...CONSULT, { what: 'held', key: 'a', on: true }, { what: 'answered', key: 'b' });
    expect(orders(there, { want: 'complete_consult' })).toEqual([{ do: 'join', key: 'a', consult: 'b' }]);
  });
  it('gives the caller back when it ends', () => {
    const held = after(...CONSULT, { what: 'held', key: 'a', on: true });
    expect(orders(held, { want: 'hang_up' })).toEqual([{ do: 'hang_up', key: 'b' }]);
    expect(orders(held, { what: 'ended', key: 'b', why: '' })).toEqual([{ do: 'hold', key: 'a', on: false }]);
  });
  it('goes on as the call when the caller is gone', () => {
    const alone = after(...CONSULT, { what: 'held', key: 'a', on: true }, { what: 'answered', key: 'b' }, { what: 'ended', key: 'a', why: '' });
    expect(alone).toMatchObject({ call: { key: 'b', id: '', phase: 'talking' }, consult: null });
    expect(orders(alone, { want: 'hang_up' })).toEqual([{ do: 'hang_up', key: 'b' }]);
  });
  it('that only rang when the link went gives the caller back when the link is back', () => {
    const cut = after(...CONSULT, { what: 'held', key: 'a', on: true }, { what: 'connecting', why: 'no_link' });
    expect(cut).toMatchObject({ call: { key: 'a', phase: 'held' }, consult: null });
    expect(orders(cut, { what: 'registered' })).toEqual([{ do: 'hold', key: 'a', on: false }]);
    const byHand = after(...TALK, { what: 'held', key: 'a', on: true }, { what: 'connecting', why: 'no_link' });
    expect(orders(byHand, { what: 'registered' }), 'who was held by hand stays held').toEqual([]);
  });
  it('dials nothing that could end a header', () => {
    for (const to of ['', 'op1@evil', 'a b', '101\r\nX: y', 'sip:x', 'OP1']) expect(orders(after(...TALK), { want: 'consult', to, key: 'b' })).toEqual([]);
  });
});

// Whatever happens in whatever order. Seeded, so that a failure can be had again.
function randomly(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x / 2 ** 32;
  };
}
const KEYS = ['a', 'b', 'c'] as const;
/** `fresh`: a key that was never used, as the centre makes one for each consultation. */
function anyAct(random: () => number, state: PhoneState, fresh: string): Act {
  const keys = [...KEYS, state.call?.key ?? 'a', state.consult?.key ?? 'b'];
  const key = keys[Math.floor(random() * keys.length)] ?? 'a';
  const on = random() < 0.5;
  const acts: Act[] = [
    { what: 'registered' }, { what: 'registered' }, { what: 'connecting', why: 'no_link' }, { what: 'off' },
    { what: 'taken_over', why: 'other_page' }, { what: 'configured', auto: on },
    { what: 'microphone', microphone: on ? 'ok' : 'denied' }, { what: 'rung', key: `in-${fresh}`, id: fresh, from: '' },
    { what: 'rung', key: `in-${fresh}`, id: fresh, from: '' }, { what: 'answered', key }, { what: 'answered', key },
    { what: 'ended', key, why: '' }, { what: 'held', key, on }, { want: 'answer' }, { want: 'hang_up' }, { want: 'hold', on },
    { want: 'mute', on }, { want: 'dtmf', tone: '1' }, { want: 'transfer', to: 'help' }, { want: 'consult', to: 'op2', key: fresh },
    { want: 'complete_consult' }, { want: 'cancel_consult' },
  ];
  return acts[Math.floor(random() * acts.length)] ?? { want: 'answer' };
}

describe('whatever happens', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed + 1))('the phone stays whole (seed %i)', (seed) => {
    const random = randomly(seed);
    let state = START;
    for (let n = 0; n < 300; n += 1) {
      const act = anyAct(random, state, `out-${String(n)}`);
      const known = new Set([state.call?.key, state.consult?.key, 'key' in act ? act.key : undefined]);
      const before: PhoneState = structuredClone(state);
      const [next, done] = take(state, act);
      expect(state, 'the state before is left as it was').toEqual(before);
      const legs = [next.call, next.consult].filter((leg): leg is Leg => leg !== null);
      if (next.link === 'off' || next.link === 'taken_over' || next.link === 'failed') expect(legs).toEqual([]);
      if (next.call?.phase === 'ringing') expect(next.link, 'only what can be answered rings').toBe('registered');
      for (const order of done) expect(known.has(order.key), 'orders are about legs there are').toBe(true);
      if (before.call?.phase === 'talking' && next.call?.key !== before.call.key) {
        expect(['ended', 'off', 'taken_over'], 'a talk ends only when the line says so').toContain('what' in act ? act.what : act.want);
      }
      const ended = done.filter((order) => order.do === 'hang_up' || order.do === 'reject');
      if (ended.some((order) => order.key === before.call?.key)) {
        expect(['hang_up', 'cancel_consult', 'registered', 'connecting', 'rung']).toContain('what' in act ? act.what : act.want);
      }
      if (next.call !== null && before.call !== null && next.call.key === before.call.key) expect(next.call.id).toBe(before.call.id);
      state = next;
    }
  });
});
