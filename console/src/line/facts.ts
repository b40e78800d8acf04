// What the page derives from a call: order, urgency, who is next. Pure.
import type { Call, Evidence, Label, Segment, Stretch } from '../api/types';

export type Urgency = 'emergency' | 'unclear' | 'neutral' | 'question';
export const HELP_LINE = 'help'; // its own queue; every other one is 102's
export const WAIT_TARGET_S = 10; // 90 % are to be answered within it
export const LOW_CONFIDENCE = 0.6;

export const isWaiting = (call: Call): boolean => !['talking', 'ended'].includes(call.state) && !isAtHelpLine(call);
export const isTalking = (call: Call): boolean => call.state === 'talking';
export const isEnded = (call: Call): boolean => call.state === 'ended';

/** Sent to the help line and not back in a queue of 102 since; whoever is with them there. */
export function isAtHelpLine(call: Call): boolean {
  const sent = call.sent_at;
  if (sent === null || isEnded(call)) return false;
  return !call.stays.some((stay) => stay.queue !== HELP_LINE && time(stay.joined_at) >= time(sent));
}

/** As Asterisk serves them: urgency, which sets the priority, then who arrived first. */
export function inOrderServed(calls: Iterable<Call>): Call[] {
  return [...calls].filter(isWaiting).sort((a, b) => rank(b) - rank(a) || time(a.offered_at) - time(b.offered_at));
}

export function talking(calls: Iterable<Call>): Call[] {
  return [...calls].filter((call) => isTalking(call) && !isAtHelpLine(call)).sort((a, b) => answeredAt(a) - answeredAt(b));
}

export function atHelpLine(calls: Iterable<Call>): Call[] {
  return [...calls].filter(isAtHelpLine).sort((a, b) => time(a.sent_at ?? '') - time(b.sent_at ?? ''));
}

export function finished(calls: Iterable<Call>): Call[] {
  return [...calls].filter(isEnded).sort((a, b) => time(b.offered_at) - time(a.offered_at));
}

/** Raised priority or emergency words lift a caller; nothing ever lowers one. */
export function urgencyOf(call: Call): Urgency {
  if (call.urgency === 'danger' || call.priority >= DANGER || call.assessment?.label === 'EMERGENCY') return 'emergency';
  if (call.urgency === 'unclear' || call.priority > 0) return 'unclear';
  if (call.assessment !== null && call.assessment.vetoes.length > 0) return 'neutral'; // any veto wins, on the page too
  return call.assessment?.label === 'INFORMATIONAL' || isFlagOpen(call) ? 'question' : 'neutral';
}

export const isFlagOpen = (call: Call): boolean => call.flag !== null && call.flag.dropped === null && call.flag.decided === null;

/** Whether an operator may act on the flag: nobody sees a shadow one, and the caller must still be with 102. */
export function mayDecide(call: Call): boolean {
  const here = call.state === 'talking' || call.state === 'waiting' || call.state === 'ringing';
  return isFlagOpen(call) && call.flag?.mode !== 'shadow' && here && !isAtHelpLine(call);
}

/** The words to mark: those that raised the caller, of the assessment, of the flag. */
export function evidenceOf(call: Pick<Call, 'urgent_words' | 'assessment' | 'flag'>): Evidence[] {
  const said = (words: string, label: Label): Evidence[] =>
    words.split('; ').filter(Boolean).map((each) => ({ words: each, start: 0, end: each.length, label, because: each }));
  return [
    ...said(call.urgent_words, 'EMERGENCY'), ...(call.assessment?.evidence ?? []), ...said(call.flag?.words ?? '', 'INFORMATIONAL'),
  ];
}

export function languageOf(call: Call): string {
  const spoken = call.segments.filter((s) => s.side === 'caller' && s.suppressed === null && s.language !== '');
  return spoken.at(-1)?.language ?? '';
}

export function lastWords(call: Call): string {
  return call.segments.filter((s) => s.side === 'caller' && s.suppressed === null && s.text !== '').at(-1)?.text ?? '';
}

/** Some of its words gave way under load: they follow from the recording. */
export function isDeferred(call: Call): boolean {
  return !isEnded(call) && call.missed.some((stretch) => stretch.reason === 'overload' && stretch.state === 'pending');
}

export function ringingAt(call: Call): string[] {
  const stay = call.stays.at(-1);
  if (stay === undefined || stay.left_at !== null) return [];
  return stay.rings.filter((ring) => ring.unanswered_at === null).map((ring) => ring.operator);
}

export function talkingWith(call: Call): string {
  return call.answers.at(-1)?.operator ?? '';
}

export type Row =
  | { kind: 'words'; key: string; start_s: number; segment: Segment }
  | { kind: 'missed'; key: string; start_s: number; stretch: Stretch };

/** Words and missed stretches in one order of time; what was heard without words stays a sign, a mere click does not. */
export function rowsOf(call: Call): Row[] {
  const words: Row[] = call.segments
    .filter((segment) => segment.text !== '' || (segment.suppressed !== null && segment.suppressed !== 'too short'))
    .map((segment) => ({ kind: 'words', key: `${segment.side}${String(segment.start_s)}`, start_s: segment.start_s, segment }));
  const missed: Row[] = call.missed.map((stretch) => ({
    kind: 'missed', key: `m${stretch.side}${String(stretch.start_s)}`, start_s: stretch.start_s, stretch,
  }));
  return [...words, ...missed].sort((a, b) => a.start_s - b.start_s || (a.kind === 'missed' ? -1 : 1));
}

export type CourseStep =
  | { what: 'offered' | 'first_seen' | 'joined' | 'ended'; at: string; who: string; why: string }
  | { what: 'rung' | 'unanswered' | 'answered' | 'overflow_answered' | 'operator_left'; at: string; who: string; why: string }
  | { what: 'left' | 'refused'; at: string; who: string; why: string }
  | { what: 'sent' | 'joined_help' | 'served'; at: string; who: string; why: string };

/** The course of a call, in order. */
export function courseOf(call: Call): CourseStep[] {
  const steps: CourseStep[] = [
    { what: call.seen_from_start ? 'offered' : 'first_seen', at: call.offered_at, who: '', why: '' },
  ];
  for (const stay of call.stays) {
    const refused = stay.end === 'full' || stay.end === 'nobody' || stay.end === 'unknown_queue';
    const joined = stay.queue === HELP_LINE ? 'joined_help' : 'joined';
    steps.push({ what: refused ? 'refused' : joined, at: stay.joined_at, who: stay.queue, why: refused ? (stay.end ?? '') : '' });
    for (const ring of stay.rings) {
      steps.push({ what: 'rung', at: ring.at, who: ring.operator, why: '' });
      if (ring.unanswered_at !== null) steps.push({ what: 'unanswered', at: ring.unanswered_at, who: ring.operator, why: '' });
    }
    const intoDialplan = stay.end === 'timeout' || stay.end === 'withdrawn' || stay.end === 'emptied' || stay.end === 'left';
    if (stay.left_at !== null && stay.end !== null && intoDialplan) {
      steps.push({ what: 'left', at: stay.left_at, who: stay.queue, why: stay.end });
    }
  }
  for (const answer of call.answers) {
    steps.push({ what: answer.queue === null ? 'overflow_answered' : 'answered', at: answer.at, who: answer.operator, why: '' });
    if (answer.ended_at !== null && answer.ended_at !== call.ended_at && answer.ended_at !== call.sent_at) {
      steps.push({ what: 'operator_left', at: answer.ended_at, who: answer.operator, why: '' });
    }
  }
  if (call.sent_at !== null) steps.push({ what: 'sent', at: call.sent_at, who: '', why: '' });
  if (call.served_at !== null) steps.push({ what: 'served', at: call.served_at, who: '', why: '' });
  if (call.ended_at !== null) steps.push({ what: 'ended', at: call.ended_at, who: '', why: '' });
  return steps.sort((a, b) => time(a.at) - time(b.at));
}

/** A finished call matches when every word asked for is in its number, words or operators. */
export function matches(call: Call, asked: string): boolean {
  const digits = asked.replace(/[^\d]/g, '');
  if (digits.length >= 3 && digits.length >= asked.replace(/[\s+()-]/g, '').length && call.number.includes(digits)) return true;
  const text = [call.id, call.number, ...call.answers.map((a) => a.operator), ...call.segments.map((s) => s.text)]
    .join(' ').toLocaleLowerCase('ru');
  return asked.toLocaleLowerCase('ru').split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}

const time = (iso: string): number => Date.parse(iso);
const DANGER = 10; // the priority of a caller in danger
const RANKS: Record<Call['urgency'], number> = { normal: 0, unclear: 5, danger: DANGER };
/** The urgency decided, and the priority that the PBX has: the higher, for the PBX follows. */
const rank = (call: Call): number => Math.max(call.priority, RANKS[call.urgency]);
const answeredAt = (call: Call): number => time(call.answers.at(-1)?.at ?? call.offered_at);
