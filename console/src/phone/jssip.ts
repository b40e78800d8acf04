// SIP and WebRTC by JsSIP. Everything that is JsSIP's stops in this file.
//
// JsSIP ends a call when a request within it could not be sent or answered (onTransportError, onRequestTimeout). Here a lost
// socket ends no call: the audio does not go through it, and Asterisk ends the leg when the audio stops (rtp_timeout).
import { UA, type Socket } from 'jssip';
import type { IncomingRTCSessionEvent } from 'jssip/lib/UA';
import type { RTCSession, TerminateOptions } from 'jssip/lib/RTCSession';
import type { DTMF_TRANSPORT } from 'jssip/lib/Constants';
import type { Ears, Line, LineSettings } from './line';
import type { Quality } from './phone';
import type { Order } from './state';
import { PhoneSocket } from './socket';
import { qualityOf } from './quality';

const TAKEN_OVER = 4001;
const IN_USE = 4002;
const SIGNED_OUT = 4003;
const REGISTERED_FOR_S = 60;
const CALL_HEADER = 'X-Line102-Call';
/** Not 16: the PBX tells an operator who hung up from a leg that broke. Q.850 31 is "normal, unspecified". */
const BROKE = 'Reason: Q.850;cause=41;text="the page lost the audio"';
const noop = (): void => undefined;

/** `take`: tell the page that has this phone to let go of it. */
export function openLine(settings: LineSettings, ears: Ears, take: boolean): Line {
  return new JsSipLine(settings, ears, take);
}

class JsSipLine implements Line {
  private readonly ua: UA;
  private readonly socket: PhoneSocket;
  private readonly legs = new Map<string, RTCSession>();
  private count = 0;
  private stopped = false;

  constructor(private readonly settings: LineSettings, private readonly ears: Ears, private take: boolean) {
    this.socket = new PhoneSocket(settings.address, () => this.take ? `${settings.address}?take=1` : settings.address);
    this.ua = new UA({
      sockets: [this.socket as Socket], uri: `sip:${settings.user}@${settings.domain}`, password: settings.password,
      register_expires: REGISTERED_FOR_S, session_timers: false, no_answer_timeout: 120,
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 3,
    });
    this.listen();
  }

  start(): void {
    this.ears.happened({ what: 'connecting', why: '' });
    window.addEventListener('online', this.doubt);
    window.addEventListener('offline', this.doubt);
    this.ua.start();
  }

  stop(): void {
    this.stopped = true;
    window.removeEventListener('online', this.doubt);
    window.removeEventListener('offline', this.doubt);
    this.ua.stop();
  }

  obey(order: Order, microphone: MediaStream | null): void {
    if (order.do === 'dial') {
      this.dial(order.key, order.to, microphone);
      return;
    }
    const leg = this.legs.get(order.key);
    if (leg === undefined || leg.isEnded()) return;
    switch (order.do) {
      case 'answer': if (microphone !== null) leg.answer({ mediaStream: microphone, pcConfig: this.ice }); break;
      case 'reject': leg.terminate({ status_code: 486 }); break;
      case 'hang_up': leg.terminate(); break;
      case 'hold': this.hold(order.key, leg, order.on); break;
      case 'mute': if (order.on) leg.mute({ audio: true }); else leg.unmute({ audio: true }); break;
      case 'dtmf': leg.sendDTMF(order.tone, { duration: 160, interToneGap: 80, transportType: 'RFC2833' as DTMF_TRANSPORT }); break;
      case 'transfer': // Accepted: the caller is on the way, and Asterisk waits for us to say goodbye.
        leg.refer(this.uri(order.to), { eventHandlers: { ...this.refused, requestSucceeded: () => { leg.terminate(); } } });
        break;
      case 'join': {
        const consult = this.legs.get(order.consult);
        if (consult !== undefined) leg.refer(consult.remote_identity.uri.toString(), { replaces: consult, eventHandlers: this.refused });
      }
    }
  }

  replaceMicrophone(stream: MediaStream): void {
    for (const leg of this.legs.values()) {
      const track = stream.clone().getAudioTracks()[0];
      const sender = leg.connection.getSenders().find((one) => one.track?.kind === 'audio');
      if (track === undefined || sender === undefined) continue;
      track.enabled = sender.track?.enabled ?? true; // muted stays muted
      sender.replaceTrack(track).catch(noop);
    }
  }

  async quality(key: string): Promise<Quality | null> {
    const leg = this.legs.get(key);
    return leg === undefined || !leg.isEstablished() ? null : qualityOf(await leg.connection.getStats());
  }

  private readonly doubt = (): void => { this.socket.doubt(); };
  private get ice(): RTCConfiguration { return { iceServers: this.settings.ice }; }
  private get refused(): object {
    const tell = (): void => { this.ears.happened({ what: 'refused', why: 'not_sent' }); };
    return { requestFailed: tell, failed: tell };
  }
  private uri(to: string): string { return `sip:${to}@${this.settings.domain}`; }

  private listen(): void {
    this.ua.on('registered', () => {
      this.take = false;
      this.ears.happened({ what: 'registered' });
      this.refresh();
    });
    this.ua.on('registrationFailed', ({ cause }) => {
      if (this.socket.isConnected()) this.ears.happened({ what: 'connecting', why: cause === undefined ? 'no_link' : 'refused' });
    });
    this.ua.on('disconnected', ({ code }) => { this.disconnected(code); });
    this.ua.on('newRTCSession', (event: { originator: string }) => {
      if (event.originator === 'remote') this.rung(event as IncomingRTCSessionEvent);
    });
  }

  private disconnected(code: number | undefined): void {
    if (this.stopped) return;
    if (code === TAKEN_OVER || code === IN_USE) this.end({ what: 'taken_over', why: code === TAKEN_OVER ? 'taken' : 'in_use' });
    else if (code === SIGNED_OUT) this.end({ what: 'failed', why: 'signed_out' });
    else this.ears.happened({ what: 'connecting', why: 'no_link' });
  }

  private end(event: { what: 'taken_over' | 'failed'; why: string }): void {
    setTimeout(() => { this.stop(); }, 0); // not inside JsSIP's own handler: it would connect again
    this.ears.happened(event);
  }

  private rung({ session, request }: IncomingRTCSessionEvent): void {
    this.count += 1;
    const key = `in-${String(this.count)}`;
    this.adopt(key, session);
    const from: unknown = request.from.uri.user;
    const id: unknown = (request as unknown as { getHeader: (name: string) => unknown }).getHeader(CALL_HEADER);
    this.ears.happened({ what: 'rung', key, id: typeof id === 'string' ? id : '', from: typeof from === 'string' ? from : '' });
  }

  private dial(key: string, to: string, microphone: MediaStream | null): void {
    if (microphone === null) {
      this.ears.happened({ what: 'ended', key, why: 'no_microphone' });
      return;
    }
    this.adopt(key, this.ua.call(this.uri(to), { mediaStream: microphone, pcConfig: this.ice }));
  }

  private adopt(key: string, leg: RTCSession): void {
    this.legs.set(key, leg);
    hardened(leg);
    const over = (why: string): void => {
      this.legs.delete(key);
      this.ears.sound(key, null);
      this.ears.happened({ what: 'ended', key, why });
    };
    const track = (event: RTCTrackEvent): void => { this.ears.sound(key, event.streams[0] ?? new MediaStream([event.track])); };
    if (leg.connection) leg.connection.addEventListener('track', track);
    else leg.on('peerconnection', ({ peerconnection }) => { peerconnection.addEventListener('track', track); });
    // The first address of this machine is enough: Asterisk learns the others from the checks that come in.
    leg.on('icecandidate', ({ candidate, ready }) => { if (candidate.type === 'host') ready(); });
    leg.on('confirmed', () => { this.ears.happened({ what: 'answered', key }); });
    leg.on('ended', ({ cause }) => { over(cause); });
    leg.on('failed', ({ cause }) => { over(cause); });
  }

  private hold(key: string, leg: RTCSession, on: boolean): void {
    const done = (): void => { this.ears.happened({ what: 'held', key, on }); };
    if (on ? !leg.hold({}, done) : !leg.unhold({}, done)) {
      if (leg.isOnHold().local === on) done();
      else setTimeout(() => { if (this.legs.get(key) === leg && leg.isEstablished()) this.hold(key, leg, on); }, 200); // an exchange is under way
    }
  }

  /** After a new socket: the PBX learns where we are now, and we whether the talk is still there (481 ends it). */
  private refresh(): void {
    for (const [key, leg] of this.legs) this.renew(key, leg);
  }

  private renew(key: string, leg: RTCSession): void {
    if (!leg.isEstablished() || !this.socket.isConnected()) return;
    const ice = leg.connection.iceConnectionState;
    const restart = ice !== 'connected' && ice !== 'completed';
    const done = (): void => { this.ears.happened({ what: 'held', key, on: leg.isOnHold().local }); }; // a hold may have been under way
    if (!leg.renegotiate(restart ? { rtcOfferConstraints: { iceRestart: true } } : {}, done)) setTimeout(() => { this.renew(key, leg); }, 500);
  }
}

/** See the head of this file. What JsSIP ends by itself says so in its BYE. */
function hardened(leg: RTCSession): void {
  const terminate = leg.terminate.bind(leg);
  Object.assign(leg, {
    onTransportError: noop,
    onRequestTimeout: noop,
    terminate: (options: TerminateOptions = {}): void => {
      if (leg.isEnded()) return;
      const broke = leg.isEstablished() && options.status_code !== undefined;
      terminate(broke && options.cause !== undefined ? { cause: options.cause, extraHeaders: [BROKE] } : options);
    },
  });
}
