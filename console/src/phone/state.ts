// The phone as a pure state machine: what happened in, the next state and what is to be done out. It knows no SIP, no
// browser and no clock.
import type { Microphone, PhoneLink } from './phone';

export type LegPhase = 'ringing' | 'talking' | 'held';
/** One side of the phone. `key` is the line's own name for it; `id` the caller's in the picture, '' when not said. */
export interface Leg {
  key: string; id: string; from: string; direction: 'in' | 'out'; phase: LegPhase; muted: boolean;
  /** Answered here, not yet there: a second press does nothing. */
  answering: boolean;
  /** To be hung up as soon as the PBX can be told so: without its BYE the caller would be rung through to somebody again. */
  ending: boolean;
  /** Held for a consultation, so taken off hold when that is over. */
  parked: boolean;
}
export interface PhoneState {
  link: PhoneLink;
  why: string;
  call: Leg | null;
  /** The second call of an attended transfer. While it lasts the caller is held. */
  consult: Leg | null;
  microphone: Microphone;
  auto: boolean;
}

export type Happened =
  | { what: 'off' } | { what: 'connecting'; why: string } | { what: 'registered' } | { what: 'taken_over'; why: string }
  | { what: 'failed'; why: string } | { what: 'configured'; auto: boolean } | { what: 'microphone'; microphone: Microphone }
  | { what: 'rung'; key: string; id: string; from: string } | { what: 'answered'; key: string }
  | { what: 'unanswered'; key: string } | { what: 'refused'; why: string } | { what: 'ended'; key: string; why: string } | { what: 'held'; key: string; on: boolean };
export type Wanted =
  | { want: 'answer' } | { want: 'hang_up' } | { want: 'hold'; on: boolean } | { want: 'mute'; on: boolean }
  | { want: 'dtmf'; tone: string } | { want: 'transfer'; to: string } | { want: 'consult'; to: string; key: string }
  | { want: 'complete_consult' } | { want: 'cancel_consult' };

/** What the line is told to do. */
export type Order =
  | { do: 'answer'; key: string } | { do: 'reject'; key: string } | { do: 'hang_up'; key: string }
  | { do: 'hold'; key: string; on: boolean } | { do: 'mute'; key: string; on: boolean } | { do: 'dtmf'; key: string; tone: string }
  | { do: 'transfer'; key: string; id: string; to: string } | { do: 'dial'; key: string; to: string }
  | { do: 'join'; key: string; consult: string };
export type Step = readonly [PhoneState, readonly Order[]];

export const START: PhoneState = { link: 'off', why: '', call: null, consult: null, microphone: 'untested', auto: false };
const TONE = /^[0-9A-D*#]$/;
export const TARGET = /^[a-z0-9]{1,16}$/; // extensions of the dialplan, nothing that ends a SIP header

export function happen(state: PhoneState, event: Happened): Step {
  switch (event.what) {
    case 'off': case 'taken_over': case 'failed': // the line has let go of whatever it held
      return [{ ...state, link: event.what, why: event.what === 'off' ? '' : event.why, call: null, consult: null }, []];
    case 'connecting': return unlinked({ ...state, link: 'connecting', why: event.why });
    case 'registered': return linked({ ...state, link: 'registered', why: '' });
    case 'configured': return [{ ...state, auto: event.auto }, []];
    case 'microphone': return [{ ...state, microphone: event.microphone }, []];
    case 'rung': return rung(state, event);
    case 'answered': return answered(state, event.key);
    case 'unanswered': return [patched(state, event.key, (leg) => ({ ...leg, answering: false })), []]; // no microphone: it rings on
    case 'refused': return [{ ...state, why: event.why }, []];
    case 'ended': return ended(state, event.key);
    case 'held': return [patched(state, event.key, (leg) => leg.phase === 'ringing' ? leg : { ...leg, phase: event.on ? 'held' : 'talking', parked: event.on && leg.parked }), []];
  }
}

export function want(state: PhoneState, wanted: Wanted): Step {
  const { call, consult } = state;
  const same: Step = [state, []];
  switch (wanted.want) {
    case 'answer':
      if (call === null || call.phase !== 'ringing' || call.direction !== 'in' || call.answering) return same;
      return [{ ...state, call: { ...call, answering: true } }, [{ do: 'answer', key: call.key }]];
    case 'hang_up': { // the consultation first: a caller is never dropped by one key too many
      const leg = consult ?? call;
      if (leg === null || leg.ending) return same;
      if (state.link !== 'registered') return [patched(state, leg.key, (old) => ({ ...old, ending: true })), []];
      return [state, [goodbye(leg)]];
    }
    case 'hold':
      if (call === null || consult !== null || state.link !== 'registered' || call.phase !== (wanted.on ? 'talking' : 'held')) return same;
      return [state, [{ do: 'hold', key: call.key, on: wanted.on }]];
    case 'mute': return mute(state, wanted.on);
    case 'dtmf': {
      const leg = consult ?? call;
      if (leg === null || leg.phase !== 'talking' || !TONE.test(wanted.tone)) return same;
      return [state, [{ do: 'dtmf', key: leg.key, tone: wanted.tone }]];
    }
    case 'transfer':
      if (call === null || call.phase === 'ringing' || consult !== null || state.link !== 'registered' || !TARGET.test(wanted.to)) return same;
      return [state, [{ do: 'transfer', key: call.key, id: call.id, to: wanted.to }]];
    case 'consult': return beginConsult(state, wanted.to, wanted.key);
    case 'complete_consult':
      if (call === null || call.phase === 'ringing' || consult?.phase !== 'talking' || state.link !== 'registered') return same;
      return [state, [{ do: 'join', key: call.key, consult: consult.key }]];
    case 'cancel_consult': return consult === null ? same : want(state, { want: 'hang_up' });
  }
}

/** The socket is away. Who talks goes on talking: audio goes another way. What only rings cannot be answered any more. */
function unlinked(state: PhoneState): Step {
  const rings = (leg: Leg | null): boolean => leg?.phase === 'ringing';
  const orders = [state.consult, state.call].flatMap((leg) => leg !== null && rings(leg) ? [goodbye(leg)] : []);
  return [{ ...state, call: rings(state.call) ? null : state.call, consult: rings(state.consult) ? null : state.consult }, orders];
}

/** What could not be told while the link was away. */
function linked(state: PhoneState): Step {
  const { call, consult } = state;
  const orders: Order[] = [consult, call].flatMap((leg) => leg !== null && leg.ending ? [goodbye(leg)] : []);
  if (consult === null && call?.parked === true && call.phase === 'held') orders.push({ do: 'hold', key: call.key, on: false });
  return [state, orders];
}

const goodbye = (leg: Leg): Order => ({ do: leg.phase === 'ringing' && leg.direction === 'in' ? 'reject' : 'hang_up', key: leg.key });

function rung(state: PhoneState, { key, id, from }: { key: string; id: string; from: string }): Step {
  if (state.call !== null || state.consult !== null || state.link !== 'registered') return [state, [{ do: 'reject', key }]];
  // By itself only with a microphone that works: else the caller would hear nobody.
  const answering = state.auto && state.microphone === 'ok';
  const call: Leg = { key, id, from, direction: 'in', phase: 'ringing', muted: false, answering, ending: false, parked: false };
  return [{ ...state, call }, answering ? [{ do: 'answer', key }] : []];
}

function answered(state: PhoneState, key: string): Step {
  const next = patched(state, key, (leg) => leg.phase === 'ringing' ? { ...leg, phase: 'talking', answering: false } : leg);
  const { call, consult } = next;
  // Both at once are never in one ear: the caller is held, should the hold before the consultation not have come through.
  if (consult?.key === key && call?.phase === 'talking') return [next, [{ do: 'hold', key: call.key, on: true }]];
  return [next, []];
}

function ended(state: PhoneState, key: string): Step {
  const why = state.link === 'registered' ? '' : state.why; // what was refused is over
  if (state.call?.key === key) return [{ ...state, why, call: state.consult, consult: null }, []]; // a colleague is still there
  if (state.consult?.key !== key) return [state, []];
  const { call } = state; // nobody is forgotten on hold: the caller is back in the ear
  return [{ ...state, why, consult: null }, call?.phase === 'held' ? [{ do: 'hold', key: call.key, on: false }] : []];
}

function mute(state: PhoneState, on: boolean): Step {
  const leg = state.consult ?? state.call;
  if (leg === null || leg.phase === 'ringing' || leg.muted === on) return [state, []];
  return [patched(state, leg.key, (old) => ({ ...old, muted: on })), [{ do: 'mute', key: leg.key, on }]];
}

function beginConsult(state: PhoneState, to: string, key: string): Step {
  const { call } = state;
  if (call === null || call.phase === 'ringing' || state.consult !== null || state.link !== 'registered' || !TARGET.test(to)) return [state, []];
  const consult: Leg = { key, id: '', from: to, direction: 'out', phase: 'ringing', muted: false, answering: false, ending: false, parked: false };
  const dial: Order = { do: 'dial', key, to };
  return [{ ...state, call: { ...call, parked: true }, consult }, call.phase === 'talking' ? [{ do: 'hold', key: call.key, on: true }, dial] : [dial]];
}

function patched(state: PhoneState, key: string, change: (leg: Leg) => Leg): PhoneState {
  if (state.call?.key === key) return { ...state, call: change(state.call) };
  if (state.consult?.key === key) return { ...state, consult: change(state.consult) };
  return state;
}
