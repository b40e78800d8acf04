// What of the picture is this operator's: the state to show, the call, whom they sent away. Pure.
import type { Call, Desk } from '../api/types';
import { isAtHelpLine, isEnded, ringingAt } from '../line/facts';

export type Middle = 'quiet' | 'ringing' | 'talking' | 'wrap_up';
export interface PhoneLeg { id: string; phase: 'ringing' | 'talking' | 'held'; direction: 'in' | 'out' }

/** The phone in this page knows first; without one, what Asterisk says. */
export function middleOf(desk: Desk | null, leg: PhoneLeg | null): Middle {
  if (leg !== null) return leg.phase === 'ringing' && leg.direction === 'in' ? 'ringing' : 'talking';
  switch (desk?.state) {
    case 'ringing': case 'talking': case 'wrap_up': return desk.state;
    default: return 'quiet';
  }
}

/** Whose call it is that the desk is about; null: none. While quiet no call is shown, whatever came before. */
export function callIdOf(middle: Middle, desk: Desk | null, leg: PhoneLeg | null, calls: ReadonlyMap<string, Call>): string | null {
  if (middle === 'quiet') return null;
  if (leg !== null && leg.id !== '') return leg.id;
  if (desk === null) return null;
  return desk.call_id ?? found(middle, desk.operator, calls)?.id ?? null;
}

function found(middle: Middle, operator: string, calls: ReadonlyMap<string, Call>): Call | undefined {
  const all = [...calls.values()];
  if (middle === 'ringing') return all.find((call) => ringingAt(call).includes(operator));
  const mine = all.filter((call) => call.answers.some((answer) => answer.operator === operator));
  const last = (call: Call): number => Date.parse(call.answers.filter((answer) => answer.operator === operator).at(-1)?.at ?? '');
  const open = mine.filter((call) => call.answers.at(-1)?.operator === operator && call.answers.at(-1)?.ended_at === null && !isEnded(call));
  return (middle === 'talking' ? open : mine).sort((a, b) => last(b) - last(a))[0];
}

/** Callers at the help line whom this operator sent there or talked with last: they can be taken back. */
export function sentAway(calls: Iterable<Call>, operator: string): Call[] {
  return [...calls]
    .filter((call) => isAtHelpLine(call) && (call.flag?.decided?.by === operator || with102(call) === operator))
    .sort((a, b) => Date.parse(b.sent_at ?? '') - Date.parse(a.sent_at ?? ''));
}

/** Who of 102 had the caller last before they were sent. */
function with102(call: Call): string | undefined {
  const sent = Date.parse(call.sent_at ?? '');
  return call.answers.filter((answer) => Date.parse(answer.at) <= sent).at(-1)?.operator;
}

export interface Spans { waited_s: number; talked_s: number | null }
/** Waited until a person answered, and talked with people since, apart. `now`: ms. */
export function spansOf(call: Call, now: number): Spans {
  const first = call.answers[0];
  if (first === undefined) return { waited_s: isEnded(call) ? call.waited_s : (now - Date.parse(call.offered_at)) / 1000, talked_s: null };
  const end = (at: string | null): number => Date.parse(at ?? call.ended_at ?? '') || now;
  return { waited_s: call.waited_s, talked_s: call.answers.reduce((sum, each) => sum + end(each.ended_at) - Date.parse(each.at), 0) / 1000 };
}

/** Whether two tellings of a call differ in its words at most. */
export function sameButWords(one: Call | undefined, other: Call | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (Object.keys(other) as (keyof Call)[]).every((key) => key === 'segments' || Object.is(one[key], other[key]));
}

/** Share of the wrap-up that is left, 1 to 0, and its seconds. */
export function countdown(desk: Desk, now: number): { left_s: number; share: number } {
  const until = Date.parse(desk.until ?? '');
  if (Number.isNaN(until)) return { left_s: 0, share: 0 };
  const whole = Math.max(1, until - Date.parse(desk.since));
  const left = Math.max(0, until - now);
  return { left_s: Math.ceil(left / 1000), share: Math.min(1, left / whole) };
}

/** The end of a text, from a whole word on: what was said last is what matters. */
export function endOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = text.slice(-characters);
  return `…${end.slice(end.indexOf(' ') + 1)}`;
}
