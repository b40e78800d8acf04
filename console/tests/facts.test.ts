import { describe, expect, it } from 'vitest';
import type { Call, FeedMessage } from '../src/api/types';
import { advance, type Line } from '../src/feed/reducer';
import { followed } from '../src/line/chosen';
import {
  atHelpLine, courseOf, evidenceOf, finished, inOrderServed, isAtHelpLine, isDeferred, languageOf, matches, mayDecide, rowsOf, talking,
  urgencyOf,
} from '../src/line/facts';
import { clock, duration, percent, phone, share, span } from '../src/line/format';
import story from './fixtures/story.jsonl?raw';

const STORY = story.trim().split('\n').map((line) => JSON.parse(line) as FeedMessage);
const LINE = STORY.reduce<Line | null>((line, message) => advance(line, message, 0) as Line, null) as Line;
const call = (id: string): Call => {
  const found = LINE.calls.get(id);
  if (found === undefined) throw new Error(id);
  return found;
};

describe('order and urgency', () => {
  it('shows the waiting as Asterisk serves them: urgency, then who arrived first', () => {
    expect(inOrderServed(LINE.calls.values()).map((c) => c.id)).toEqual(['story-20.3', 'story-20.2']);
    const [late, early] = [{ ...call('story-20.3'), priority: 0, urgency: 'normal' } satisfies Call, call('story-20.2')];
    expect(inOrderServed([late, early]).map((c) => c.id)).toEqual([early.id, late.id]);
    expect(inOrderServed([early, { ...late, urgency: 'unclear' }]).map((c) => c.id)).toEqual([late.id, early.id]);
    expect(inOrderServed([{ ...late, urgency: 'unclear' }, { ...early, urgency: 'danger' }]).map((c) => c.id)).toEqual([early.id, late.id]);
  });
  it('tells danger from doubt, whatever the PBX has done about it yet', () => {
    const calm: Call = { ...call('story-20.2'), flag: null, assessment: null };
    expect(urgencyOf(calm)).toBe('neutral');
    expect(urgencyOf({ ...calm, urgency: 'unclear' })).toBe('unclear');
    expect(urgencyOf({ ...calm, priority: 5 })).toBe('unclear');
    expect(urgencyOf({ ...calm, urgency: 'danger' })).toBe('emergency');
  });
  it('puts each call into exactly one list', () => {
    const lists = [inOrderServed, talking, atHelpLine, finished].flatMap((list) => list(LINE.calls.values()).map((c) => c.id));
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

describe('flags and the help line', () => {
  const flagged = (): Call => call('story-20.2');
  const flag = flagged().flag;
  const decided = { at: '2026-03-02T09:01:00Z', by: 'op3', accepted: false, reason: 'misheard' };
  const sent: Call = { ...flagged(), sent_at: '2026-03-02T09:01:00Z' };
  const stay = { queue: 'help', joined_at: '2026-03-02T09:01:01Z', position: 1, left_at: null, end: null, rings: [] };
  it('lets a flag be decided once, by whom it is shown to, while the caller is with 102', () => {
    expect(mayDecide(flagged())).toBe(true);
    expect(mayDecide({ ...flagged(), state: 'ended', ended_at: '2026-03-02T09:02:00Z' })).toBe(false);
    expect(mayDecide({ ...flagged(), flag: null })).toBe(false);
    expect(mayDecide({ ...flagged(), flag: flag && { ...flag, mode: 'shadow' } })).toBe(false);
    expect(mayDecide({ ...flagged(), flag: flag && { ...flag, dropped: 'urgent' } })).toBe(false);
    expect(mayDecide({ ...flagged(), flag: flag && { ...flag, decided } })).toBe(false);
    expect(mayDecide(sent)).toBe(false);
  });
  it('knows who is at the help line until they are back in a queue of 102', () => {
    expect(isAtHelpLine(flagged())).toBe(false);
    expect(isAtHelpLine(sent)).toBe(true);
    expect(isAtHelpLine({ ...sent, stays: [...sent.stays, stay] })).toBe(true);
    const back = { ...stay, queue: '102', joined_at: '2026-03-02T09:01:21Z' };
    expect(isAtHelpLine({ ...sent, stays: [...sent.stays, stay, back] })).toBe(false);
    expect(isAtHelpLine({ ...sent, state: 'ended', ended_at: '2026-03-02T09:02:00Z' })).toBe(false);
  });
  it('marks the words that raised the caller before those of the flag', () => {
    expect(evidenceOf({ ...flagged(), assessment: null, urgent_words: 'он рядом; нож' }).map((e) => [e.words, e.label])).toEqual([
      ['он рядом', 'EMERGENCY'], ['нож', 'EMERGENCY'], ['мекенжайын айтып жіберіңізші', 'INFORMATIONAL'],
    ]);
    expect(evidenceOf({ ...flagged(), assessment: null, flag: null })).toEqual([]);
  });
  it('tells the way to the help line and back in the course', () => {
    const back = { ...stay, queue: '102', joined_at: '2026-03-02T09:01:21Z' };
    const left = { ...stay, left_at: '2026-03-02T09:01:20Z', end: 'timeout' } as const;
    const steps = courseOf({ ...sent, stays: [...sent.stays, left, back] }).map((s) => s.what);
    expect(steps.slice(-4)).toEqual(['sent', 'joined_help', 'left', 'joined']);
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
  it.each([[0.000998, 'ru', '0,10\u00a0%'], [1, 'kk', '100,00\u00a0%'], [0.0047, 'en', '0.47\u00a0%']])('%d (%s) is %s', (value, language, text) => {
    expect(percent(value, language)).toBe(text);
  });
  it('writes Almaty time and the comma of the language', () => {
    expect(clock('2026-03-02T09:00:00Z')).toBe('14:00:00');
    expect([share(0.941, 'ru'), share(0.941, 'kk'), share(0.941, 'en')]).toEqual(['0,94', '0,94', '0.94']);
  });
});
