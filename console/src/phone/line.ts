// What the phone needs of whatever speaks SIP. The only implementation is jssip.ts; tests drive the phone with their own.
import type { Quality } from './phone';
import type { Happened, Order } from './state';

export interface LineSettings {
  user: string; password: string; domain: string;
  /** ws:// or wss://, our own origin. */
  address: string;
  ice: RTCIceServer[];
}

export interface Ears {
  happened: (event: Happened) => void;
  /** The other side's sound, of the call or of the consultation; null: no more. */
  sound: (key: string, stream: MediaStream | null) => void;
}

export interface Line {
  start: () => void;
  /** Lets go of everything; the address is free for another page. */
  stop: () => void;
  /** `microphone`: this leg's own copy, for answer and dial; the line does not stop its tracks. */
  obey: (order: Order, microphone: MediaStream | null) => void;
  /** The microphone of all legs from now on: another device was chosen, or one was pulled out. */
  replaceMicrophone: (stream: MediaStream) => void;
  quality: (key: string) => Promise<Quality | null>;
}
