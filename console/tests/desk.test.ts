import { describe, expect, it } from 'vitest';
import type { Call, CallBack, Desk, FeedMessage } from '../src/api/types';
import { placeOf } from '../src/desk/keys';
import { callIdOf, countdown, endOf, middleOf, type PhoneLeg, sameButWords, sentAway, spansOf } from '../src/desk/mine';
import { aboutCall, soonestFirst } from '../src/desk/tasks';
import { advance, type Line } from '../src/feed/reducer';
import story from './fixtures/story.jsonl?raw';

const STORY = story.trim().split('\n').map((line) => JSON.parse(line) as FeedMessage);
const LINE = STORY.reduce<Line | null>((line, message) => advance(line, message, 0) as Line, null) as Line;
const call = (id: string, more: Partial<Call> = {}): Call => ({ ...(LINE.calls.get(id) as Call), ...more });
const calls = (...all: Call[]): Map<string, Call> => new Map(all.map((each) => [each.id, each]));
const desk = (more: Partial<Desk>): Desk => ({
  operator: 'op1', name: '', state: 'ready', since: '2026-03-02T09:00:00Z', reason: '', until: null, why: [], call_id: null, phone: 'web',
  phone_there: true, on_hold: false, unanswered_at: null, ...more,
});
const leg = (more: Partial<PhoneLeg>): PhoneLeg => ({ id: 'story-20.1', phase: 'talking', direction: 'in', ...more });

describe('the middle of the desk', () => {
  it('is the phone’s own word first: it rings before the line has told', () => {
    expect(middleOf(desk({ state: 'ready' }), leg({ phase: 'ringing' }))).toBe('ringing');
    expect(middleOf(desk({ state: 'ready' }), leg({ phase: 'held' }))).toBe('talking');
    expect(middleOf(desk({ state: 'ringing' }), leg({ phase: 'ringing', direction: 'out' }))).toBe('talking');
  });
  it.each([['off', 'quiet'], ['ready', 'quiet'], ['paused', 'quiet'], ['ringing', 'ringing'], ['talking', 'talking'], ['wrap_up', 'wrap_up']] as const)(
    'with a phone of its own elsewhere, Asterisk’s %s is %s', (state, middle) => { expect(middleOf(desk({ state }), null)).toBe(middle); },
  );
  it('is quiet while nothing is known', () => { expect(middleOf(null, null)).toBe('quiet'); });
});

describe('whose call it is', () => {
  const at = (more: Partial<Desk>, phone: PhoneLeg | null = null, held = LINE.calls): string | null => {
    const told = desk(more);
    return callIdOf(middleOf(told, phone), told, phone, held);
  };
  it('is what the phone holds, else what the desk says', () => {
    expect(at({ state: 'talking', call_id: 'b' }, leg({ id: 'a' }))).toBe('a');
    expect(at({ state: 'talking', call_id: 'b' }, leg({ id: '' }))).toBe('b');
    expect(at({ state: 'talking', call_id: 'b' })).toBe('b');
  });
  it('is none while quiet, whatever came before', () => { expect(at({ state: 'paused', call_id: 'b' })).toBe(null); });
  it('is looked for where the desk does not say', () => {
    expect(at({ state: 'talking', operator: 'op1' })).toBe('story-20.1');
    expect(at({ state: 'ringing', operator: 'op3' })).toBe('story-20.2');
    expect(at({ state: 'ringing', operator: 'op9' })).toBe(null);
  });
  it('is in the wrap-up the last one this operator answered', () => {
    const ended = (id: string, from: string): Call => call(id, {
      state: 'ended', ended_at: from, answers: [{ operator: 'op1', at: from, queue: '102', ended_at: from }],
    });
    const held = calls(ended('story-1.1', '2026-03-02T08:00:00Z'), ended('story-1.2', '2026-03-02T08:30:00Z'), call('story-20.2'));
    expect(at({ state: 'wrap_up' }, null, held)).toBe('story-1.2');
    expect(at({ state: 'talking' }, null, held)).toBe(null);
  });
});

describe('whom an operator has sent away', () => {
  const sent = '2026-03-02T09:01:00Z';
  const decided = { at: sent, by: 'op1', accepted: true, reason: '' };
  const flagged = call('story-20.2', { state: 'waiting', sent_at: sent });
  const byKey: Call = { ...flagged, flag: flagged.flag && { ...flagged.flag, decided } };
  it('are those at the help line whom they decided about or talked with', () => {
    expect(sentAway([byKey], 'op1')).toEqual([byKey]);
    expect(sentAway([byKey], 'op2')).toEqual([]);
    const talked: Call = { ...flagged, answers: [{ operator: 'op2', at: '2026-03-02T09:00:30Z', queue: '102', ended_at: sent }] };
    expect(sentAway([talked], 'op2')).toEqual([talked]);
  });
  it('are not the help line’s own callers, nor whoever is back', () => {
    const helped: Call = { ...byKey, flag: null, answers: [{ operator: 'op1', at: '2026-03-02T09:02:00Z', queue: 'help', ended_at: null }] };
    expect(sentAway([helped], 'op1')).toEqual([]);
    const back: Call = { ...byKey, stays: [...byKey.stays, { queue: '102', joined_at: '2026-03-02T09:03:00Z', position: 1, left_at: null, end: null, rings: [] }] };
    expect(sentAway([back], 'op1')).toEqual([]);
  });
});

describe('times', () => {
  it('waited and talked are told apart', () => {
    const now = Date.parse('2026-03-02T09:01:06.200Z');
    expect(spansOf(call('story-20.1'), now)).toEqual({ waited_s: 6.2, talked_s: 60 });
    expect(spansOf(call('story-20.2'), Date.parse('2026-03-02T09:00:38Z'))).toEqual({ waited_s: 30, talked_s: null });
  });
  it('the countdown goes from the whole to nothing', () => {
    const wrapping = desk({ state: 'wrap_up', until: '2026-03-02T09:00:20Z' });
    expect(countdown(wrapping, Date.parse('2026-03-02T09:00:00Z'))).toEqual({ left_s: 20, share: 1 });
    expect(countdown(wrapping, Date.parse('2026-03-02T09:00:15Z'))).toEqual({ left_s: 5, share: 0.25 });
    expect(countdown(wrapping, Date.parse('2026-03-02T09:00:25Z'))).toEqual({ left_s: 0, share: 0 });
    expect(countdown(desk({}), 0)).toEqual({ left_s: 0, share: 0 });
  });
});

describe('what is drawn again', () => {
  it('is not the rest of the page for one more word', () => {
    const before = call('story-20.1');
    expect(sameButWords(before, { ...before, segments: [] })).toBe(true);
    expect(sameButWords(before, { ...before, flag: null, urgency: 'normal' })).toBe(false);
    expect(sameButWords(before, undefined)).toBe(false);
  });
});

describe('small things', () => {
  it('of long words the end is shown, from a whole word on', () => {
    expect(endOf('он ломает дверь', 40)).toBe('он ломает дверь');
    expect(endOf('помогите он ломает мне дверь', 12)).toBe('…мне дверь');
  });
  it('keys of both blocks are one, + is +', () => {
    expect(placeOf({ code: 'Numpad5', key: '5' })).toBe('Digit5');
    expect(placeOf({ code: 'Digit5', key: '5' })).toBe('Digit5');
    expect(placeOf({ code: 'NumpadAdd', key: '+' })).toBe('Plus');
    expect(placeOf({ code: 'Equal', key: '=' })).toBe('Plus');
    expect(placeOf({ code: 'KeyR', key: 'к' })).toBe('KeyR');
  });
  it('call-backs are one’s own, then the urgent, then the next due; done ones are gone', () => {
    const task = (call_id: string, more: Partial<CallBack>): CallBack => ({
      call_id, number: '', offered_at: '', needed_at: '', why: 'abandoned', urgent: false, deadline: '2026-03-02T09:10:00Z', owner: null,
      owned_at: null, called_again: null, tries: [], done: null, ...more,
    });
    const all = [
      task('later', {}), task('others', { owner: 'op2', urgent: true }), task('soon', { deadline: '2026-03-02T09:05:00Z' }),
      task('urgent', { urgent: true, deadline: '2026-03-02T09:30:00Z' }), task('mine', { owner: 'op1', deadline: '2026-03-02T09:50:00Z' }),
      task('done', { done: { at: '', by: 'op1', how: 'reached' } }),
    ];
    expect(soonestFirst(all, 'op1').map((each) => each.call_id)).toEqual(['mine', 'urgent', 'soon', 'later', 'others']);
    const own = (id: string, number: string): string[] =>
      aboutCall([task('a', { owner: 'op1', number: '7701' }), task('b', { owner: 'op2', number: '7702' })], 'op1', { id, number }).map((each) => each.call_id);
    expect([own('a', ''), own('new', '7701'), own('new', '7702'), own('new', '')]).toEqual([['a'], ['a'], [], []]);
  });
});
