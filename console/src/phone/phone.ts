// The operator's phone as the page sees it. What is behind it (SIP, JsSIP, audio) is nobody's business but this folder's.
import { useSyncExternalStore } from 'react';

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
}

/** The second call of an attended transfer; the caller is on hold meanwhile. */
export interface Consult { to: string; phase: 'ringing' | 'talking' }

export interface Quality { round_trip_ms: number | null; jitter_ms: number; lost_share: number; received: number; sent: number }

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

const nothing = (): void => undefined;
const OFF: PhoneView = {
  state: 'off', why: '', call: null, consult: null, microphone: 'untested', quality: null, answer: nothing, hangUp: nothing,
  hold: nothing, mute: nothing, dtmf: nothing, transfer: nothing, consultWith: nothing, completeConsult: nothing,
  cancelConsult: nothing, test: nothing, useHere: nothing,
};

export function usePhone(): PhoneView {
  return useSyncExternalStore(() => nothing, () => OFF);
}
