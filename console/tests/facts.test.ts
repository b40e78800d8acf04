import { describe, expect, it } from 'vitest';
import type { Call, FeedMessage } from '../src/api/types';
import { advance, type Line } from '../src/feed/reducer';
import { followed } from '../src/line/chosen';
import { courseOf, finished, inOrderServed, isDeferred, languageOf, matches, rowsOf, talking, urgencyOf } from '../src/line/facts';
import { clock, duration, phone, share, span } from '../src/line/format';
import story from './fixtures/story.jsonl?raw';

const STORY = story.trim().split('\n').map((line) => JSON.parse(line) as FeedMessage);
const LINE = STORY.reduce<Line | null>((line, message) => advance(line, message, 0) as Line, null) as Line;
const call = (id: string): Call => {
  const found = LINE.calls.get(id);
  if (found === undefined) throw new Error(id);
  return found;
};

describe('order and urgency', () => {
  it('shows the waiting as Asterisk serves them: priority, then who joined first', () => {
    expect(inOrderServed(LINE.calls.values()).map((c) => c.id)).toEqual(['story-20.3', 'story-20.2']);
    const two = [{ ...call('story-20.3'), priority: 0 }, call('story-20.2')];
    expect(inOrderServed(two).map((c) => c.id)).toEqual(['story-20.2', 'story-20.3']);
  });
  it('puts each call into exactly one list', () => {
    const lists = [inOrderServed, talking, finished].flatMap((list) => list(LINE.calls.values()).map((c) => c.id));
    expect(lists.sort()).toEqual([...LINE.calls.keys()].sort());
  });
  it('never takes a vetoed question for one', () => {
    const question = call('story-20.2');
    expect(urgencyOf(question)).toBe('question');
    const vetoed = { ...question, assessment: question.assessment && { ...question.assessment, vetoes: ['danger words'] } };
    expect(urgencyOf(vetoed)).toBe('neutral');
    expect(urgencyOf({ ...vetoed, priority: 10 })).toBe('emergency');
  });
  it('knows the language from the words', () => {
    expect(languageOf(call('story-20.2'))).toBe('kk');
    expect(languageOf({ ...call('story-20.2'), segments: [] })).toBe('');
  });
});

describe('the call', () => {
  it('tells the course in order', () => {
    expect(courseOf(call('story-1.3')).map((s) => s.what)).toEqual(['offered', 'joined', 'rung', 'unanswered', 'ended']);
    expect(courseOf(call('story-1.2')).map((s) => s.what)).toEqual(['offered', 'joined', 'rung', 'answered', 'ended']);
  });
  it('shows missed stretches among the words', () => {
    const kinds = rowsOf(call('story-1.2')).map((row) => row.kind);
    expect(kinds).toEqual(['words', 'words', 'missed', 'words', 'words']);
  });
  it('says that its words follow while they do', () => {
    const stretch = { side: 'operator', start_s: 1, end_s: 4, reason: 'overload', state: 'pending' } as const;
    const talks = { ...call('story-20.1'), missed: [stretch] };
    expect(isDeferred(talks)).toBe(true);
    expect(isDeferred({ ...talks, missed: [{ ...stretch, reason: 'worker lost' }] })).toBe(false);
    expect(isDeferred({ ...talks, missed: [{ ...stretch, state: 'recovered' }] })).toBe(false);
    expect(isDeferred({ ...talks, state: 'ended' })).toBe(false);
  });
  it('is found by number as people write it, by words and by operator', () => {
    expect(matches(call('story-1.1'), '701 000 01')).toBe(true);
    expect(matches(call('story-1.1'), 'Медеуского АДРЕС')).toBe(true);
    expect(matches(call('story-1.1'), 'op1')).toBe(true);
    expect(matches(call('story-1.1'), 'op2')).toBe(false);
    expect(matches(call('story-1.1'), '')).toBe(true);
  });
});

describe('following the line', () => {
  const at = (iso: string): number => Date.parse(iso);
  it('stays with a conversation until it is over, and then a little longer', () => {
    expect(followed(null, LINE.calls, 0)).toBe('story-20.1');
    expect(followed('story-20.1', LINE.calls, 0)).toBe('story-20.1');
    const over = new Map(LINE.calls).set('story-20.1', { ...call('story-20.1'), state: 'ended', ended_at: '2026-03-02T09:01:00Z' });
    expect(followed('story-20.1', over, at('2026-03-02T09:01:05Z'))).toBe('story-20.1');
    expect(followed('story-20.1', over, at('2026-03-02T09:01:09Z'))).toBe('story-20.3');
  });
  it('keeps the last one when nobody is on the line', () => {
    const quiet = new Map([['story-1.1', call('story-1.1')]]);
    expect(followed('story-1.1', quiet, at('2026-03-02T10:00:00Z'))).toBe('story-1.1');
    expect(followed(null, quiet, 0)).toBe(null);
  });
});

describe('how figures are written', () => {
  it.each([[0, '0:00'], [7.9, '0:07'], [97, '1:37'], [3725, '62:05'], [-3, '0:00']])('%d s is %s', (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });
  it.each([['77011234567', '+7 701 123 45 67'], ['87011234567', '+7 701 123 45 67'], ['7011234567', '+7 701 123 45 67'], ['102', '102'], ['anonymous', 'anonymous']])('%s is %s', (number, text) => {
    expect(phone(number)).toBe(text);
  });
  it.each([[9.44, 'ru', '9,4 с'], [9.44, 'en', '9.4 с'], [59.97, 'ru', '1:00'], [97.2, 'kk', '1:37']])('%d s (%s) is %s', (seconds, language, text) => {
    expect(duration(seconds, language, 'с')).toBe(text);
  });
  it('writes Almaty time and the comma of the language', () => {
    expect(clock('2026-03-02T09:00:00Z')).toBe('14:00:00');
    expect([share(0.941, 'ru'), share(0.941, 'kk'), share(0.941, 'en')]).toEqual(['0,94', '0,94', '0.94']);
  });
});
