import { describe, expect, it } from 'vitest';
import type { CallBack, Desk, FeedMessage, Segment } from '../src/api/types';
import { advance, type Line, withSegment } from '../src/feed/reducer';
import story from './fixtures/story.jsonl?raw';

// Recorded from the real server: .venv/bin/python -m tests.browser.dev_story --record …
const STORY = story.trim().split('\n').map((line) => JSON.parse(line) as FeedMessage);
const NOW = Date.parse('2026-03-02T09:00:05Z');

function play(messages: FeedMessage[], from: Line | null = null): Line {
  return messages.reduce<Line | null>((line, message) => {
    const next = advance(line, message, NOW);
    if (next === 'hole') throw new Error(`hole at ${JSON.stringify(message).slice(0, 80)}`);
    return next;
  }, from) as Line;
}

describe('the fold of the feed', () => {
  it('follows the whole story without a hole', () => {
    const line = play(STORY);
    const last = STORY.at(-1);
    expect(line.seq).toBe(last !== undefined && 'seq' in last ? last.seq : -1);
    expect([...line.calls.values()].map((call) => call.state).sort()).toEqual(['ended', 'ended', 'ended', 'ringing', 'talking', 'waiting']);
    expect(line.gaps).toHaveLength(1);
    expect(line.ahead_ms).toBe(-5000);
  });

  it('replaces partials by the final of the same stretch', () => {
    const talking = [...play(STORY).calls.values()].find((call) => call.state === 'talking');
    const starts = talking?.segments.map((s) => `${s.side}${String(s.start_s)}`) ?? [];
    expect(new Set(starts).size).toBe(starts.length);
    expect(talking?.segments[0]?.text).toContain('ломает мне дверь');
    expect(talking?.segments[0]?.final).toBe(true);
  });

  it.each(STORY.slice(1).map((_, index) => index + 1))('calls a missing change a hole: %i', (missing) => {
    const before = play(STORY.slice(0, missing));
    const after = STORY[missing + 1];
    if (after !== undefined) expect(advance(before, after, NOW)).toBe('hole');
  });

  it('takes a change twice or a change before any snapshot for a hole', () => {
    const change = STORY[1] as FeedMessage;
    expect(advance(play(STORY.slice(0, 2)), change, NOW)).toBe('hole');
    expect(advance(null, change, NOW)).toBe('hole');
  });

  it('notices by a ping that the last change never came', () => {
    const line = play(STORY);
    expect(advance(line, { type: 'ping', seq: line.seq, at: '2026-03-02T09:00:40Z' }, NOW)).toBe(line);
    expect(advance(line, { type: 'ping', seq: line.seq + 1, at: '2026-03-02T09:00:40Z' }, NOW)).toBe('hole');
  });

  it('starts anew from a snapshot, whatever was there', () => {
    const fresh = play(STORY.slice(0, 1), play(STORY));
    expect(fresh).toEqual(play(STORY.slice(0, 1)));
  });

  it('keeps the load as it was last told', () => {
    const line = play(STORY);
    expect(line.recognition).toBe(null);
    const recognition = { level: 2, since: '2026-03-02T09:00:40Z', delayed_s: 1.2 };
    const busy = advance(line, { type: 'recognition', seq: line.seq + 1, recognition }, NOW);
    expect(busy !== 'hole' && [busy.recognition, busy.seq]).toEqual([recognition, line.seq + 1]);
  });

  it('keeps each desk and each call-back as it was last told', () => {
    const line = play(STORY);
    const desk: Desk = {
      operator: 'op1', name: 'Айгуль', state: 'ready', since: '2026-03-02T09:00:40Z', reason: '', until: null, why: [], call_id: null, phone: 'web',
      phone_there: true, on_hold: false, unanswered_at: null,
    };
    const task: CallBack = {
      call_id: 'lost', number: '', offered_at: '', needed_at: '', why: 'abandoned', urgent: false, deadline: '', owner: null, owned_at: null,
      called_again: null, tries: [], done: null,
    };
    const told = play([
      { type: 'desk', seq: line.seq + 1, desk }, { type: 'desk', seq: line.seq + 2, desk: { ...desk, state: 'talking' } },
      { type: 'call_back', seq: line.seq + 3, task }, { type: 'call_back', seq: line.seq + 4, task: { ...task, owner: 'op1' } },
    ], line);
    expect([...told.desks.values()].map((each) => [each.operator, each.state])).toEqual([['op1', 'talking']]);
    expect([...told.call_backs.values()].map((each) => each.owner)).toEqual(['op1']);
    expect(told.calls).toBe(line.calls);
  });

  it('forgets a call that was removed', () => {
    const line = play(STORY);
    const after = advance(line, { type: 'removed', seq: line.seq + 1, call_id: 'story-1.1' }, NOW);
    expect(after !== 'hole' && after.calls.has('story-1.1')).toBe(false);
  });
});

describe('withSegment', () => {
  const segment = (more: Partial<Segment>): Segment => ({
    side: 'caller', start_s: 1, end_s: 2, text: 'а', language: 'ru', confidence: 1, model: 'm', revision: 1, final: false,
    heard: 'live', suppressed: null, committed: null, as_heard: null, ...more,
  });
  it('keeps the newer revision', () => {
    const held = [segment({ revision: 3, text: 'новое' })];
    expect(withSegment(held, segment({ revision: 2, text: 'старое' }))).toEqual(held);
    expect(withSegment(held, segment({ revision: 3, text: 'то же' }))[0]?.text).toBe('то же');
  });
  it('keeps the two sides apart and in time order', () => {
    const both = withSegment([segment({}), segment({ start_s: 5 })], segment({ side: 'operator' }));
    expect(both.map((s) => [s.start_s, s.side])).toEqual([[1, 'caller'], [1, 'operator'], [5, 'caller']]);
  });
});
