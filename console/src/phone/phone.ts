// The operator's phone as the page sees it. What is behind it (SIP, JsSIP, audio) is nobody's business but this folder's.
import { useSyncExternalStore } from 'react';
import { askFor } from '../parts/sheets';
import { Centre, type Picture } from './centre';

/** off: this account has no phone in the page. taken_over: another page of the same operator has it. */
export type PhoneLink = 'off' | 'connecting' | 'registered' | 'taken_over' | 'failed';
export type Microphone = 'untested' | 'ok' | 'silent' | 'denied';
export type Phase = 'ringing' | 'talking' | 'held';

export interface PhoneCall {
  /** The caller's id in the picture (Uniqueid, from the INVITE's X-Line102-Call); '' when the PBX did not say. */
  id: string;
  /** Who rings, as SIP says: the caller's number, or the colleague's name. */
  from: string;
  phase: Phase;
  muted: boolean;
  direction: 'in' | 'out';
  /** Hung up here while the link is away: the PBX is told as soon as it is back. */
  ending: boolean;
}

/** The second call of an attended transfer; the caller is on hold meanwhile. */
export interface Consult { to: string; phase: 'ringing' | 'talking' }

export interface Quality {
  round_trip_ms: number | null; jitter_ms: number; lost_share: number;
  /** Packets of this leg so far; `energy`: of what was heard, grows while there is sound (WebRTC's totalAudioEnergy). */
  received: number; sent: number; energy: number;
}

export interface PhoneView {
  state: PhoneLink;
  /** A code of i18n `phone.why`: '' while all is well. */
  why: string;
  call: PhoneCall | null;
  consult: Consult | null;
  microphone: Microphone;
  quality: Quality | null;
  answer: () => void;
  hangUp: () => void;
  hold: (on: boolean) => void;
  mute: (on: boolean) => void;
  dtmf: (key: string) => void;
  /** Blind: the caller goes there, we are free. An extension of the dialplan's [operators]: help, duty, 101, an operator. */
  transfer: (to: string) => void;
  /** The caller is held, `to` is rung. */
  consultWith: (to: string) => void;
  completeConsult: () => void;
  cancelConsult: () => void;
  /** Opens the microphone and speaker test. */
  test: () => void;
  /** After taken_over: take the phone to this page. */
  useHere: () => void;
}

const centre = new Centre(async () => (await import('./jssip')).openLine);
let shown: { from: Picture; view: PhoneView } | null = null;

/** The same view as long as nothing changed: React compares. */
function view(): PhoneView {
  const from = centre.read();
  if (shown?.from !== from) shown = { from, view: viewOf(from) };
  return shown.view;
}

function viewOf({ state, quality }: Picture): PhoneView {
  const { link, why, call, consult, microphone } = state;
  return {
    state: link, why, microphone, quality,
    call: call === null ? null : { id: call.id, from: call.from, phase: call.phase, muted: (consult ?? call).muted, direction: call.direction, ending: call.ending },
    consult: consult === null ? null : { to: consult.from, phase: consult.phase === 'ringing' ? 'ringing' : 'talking' },
    ...COMMANDS,
  };
}

const COMMANDS = {
  answer: () => { centre.wanted({ want: 'answer' }); },
  hangUp: () => { centre.wanted({ want: 'hang_up' }); },
  hold: (on: boolean) => { centre.wanted({ want: 'hold', on }); },
  mute: (on: boolean) => { centre.wanted({ want: 'mute', on }); },
  dtmf: (tone: string) => { centre.wanted({ want: 'dtmf', tone }); },
  transfer: (to: string) => { centre.wanted({ want: 'transfer', to }); },
  consultWith: (to: string) => { centre.consult(to); },
  completeConsult: () => { centre.wanted({ want: 'complete_consult' }); },
  cancelConsult: () => { centre.wanted({ want: 'cancel_consult' }); },
  test: () => { askFor('microphone'); },
  useHere: () => { centre.useHere(); },
};

export function usePhone(): PhoneView {
  return useSyncExternalStore(centre.subscribe, view);
}

/** For this folder's own parts. */
export const useCentre = (): [Centre, Picture] => [centre, useSyncExternalStore(centre.subscribe, centre.read)];
