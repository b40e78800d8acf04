// Between the state machine and the world: events in, orders out to the line, the microphone and the loudspeakers.
import { addressOf, type DeskPhone, readDeskPhone, sayGone, sayHeld, sendCaller } from './desk_phone';
import { type Devices, devicesOf, playOn } from './devices';
import type { Ears, Line, LineSettings } from './line';
import { closeMicrophone, hearsAnything, NoMicrophone, openMicrophone, type Refusal } from './microphone';
import type { Quality } from './phone';
import { Ringer } from './sounds';
import { happen, type Happened, type Order, type PhoneState, START, type Step, want, type Wanted } from './state';

const LOOK_EVERY_MS = 2000;
const TRY_AGAIN_MS = 3000;
export type OpenLine = (settings: LineSettings, ears: Ears, take: boolean) => Line;
export interface Picture { state: PhoneState; quality: Quality | null; refusal: Refusal | null }

/** One per page; an external store for useSyncExternalStore. */
export class Centre {
  private picture: Picture = { state: START, quality: null, refusal: null };
  private readonly listeners = new Set<() => void>();
  private line: Line | null = null;
  private account = '';
  private devices: Devices = devicesOf('');
  private microphone: Promise<MediaStream> | null = null;
  private readonly speakers = new Map<string, HTMLAudioElement>();
  private readonly ringer = new Ringer();
  private run = 0; // tells a start that was overtaken by a stop
  private consults = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** `load`: the SIP code, fetched only by who has a phone in the page. */
  constructor(private readonly load: () => Promise<OpenLine>) {}

  readonly read = (): Picture => this.picture;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** This account's phone is in this page from now on. `take`: also when another page has it. */
  async start(account: string, take = false): Promise<void> {
    this.stop();
    this.account = account;
    this.devices = devicesOf(account);
    this.run += 1;
    const { run } = this;
    this.happened({ what: 'connecting', why: '' });
    window.addEventListener('pagehide', this.gone);
    try {
      const [settings, openLine] = await Promise.all([readDeskPhone(), this.load()]);
      if (run !== this.run) return;
      this.open(settings, openLine, take);
      void this.lookAtMicrophone();
    } catch (error) {
      if (run !== this.run) return;
      const status = error instanceof Error && 'status' in error ? error.status : 0;
      if (status === 401 || status === 403 || status === 404) {
        this.happened({ what: 'failed', why: status === 401 ? 'signed_out' : 'not_yours' });
        return;
      }
      this.happened({ what: 'connecting', why: 'no_service' });
      setTimeout(() => { if (run === this.run) void this.start(account, take); }, TRY_AGAIN_MS);
    }
  }

  /** Started, unless it is already. */
  keep(account: string): void {
    if (this.account !== account || this.picture.state.link === 'off') void this.start(account);
  }

  stop(): void {
    this.run += 1;
    window.removeEventListener('pagehide', this.gone);
    this.line?.stop();
    this.line = null;
    this.account = '';
    this.happened({ what: 'off' });
  }

  readonly wanted = (wanted: Wanted): void => { this.take(want(this.picture.state, wanted)); };
  consult(to: string): void {
    this.consults += 1;
    this.wanted({ want: 'consult', to, key: `out-${String(this.consults)}` });
  }
  useHere(): void {
    if (this.picture.state.link === 'taken_over') void this.start(this.account, true);
  }

  /** Chosen in the test: used at once, in mid-call too. */
  async devicesChosen(devices: Devices): Promise<void> {
    const other = devices.microphone !== this.devices.microphone;
    this.devices = devices;
    for (const speaker of this.speakers.values()) await playOn(speaker, devices.speaker);
    if (other && this.microphone !== null) {
      closeMicrophone(await this.microphone.catch(() => null));
      this.microphone = openMicrophone(devices.microphone);
      this.line?.replaceMicrophone(await this.microphone);
    }
  }
  microphoneIs(microphone: PhoneState['microphone'], refusal: Refusal | null): void {
    this.show({ refusal });
    this.happened({ what: 'microphone', microphone });
  }

  private open(settings: DeskPhone, openLine: OpenLine, take: boolean): void {
    this.happened({ what: 'configured', auto: settings.answer === 'auto' });
    const { user, password, domain, path, ice } = settings;
    this.line = openLine({ user, password, domain, ice, address: addressOf(path) }, {
      happened: (event) => { this.happened(event); },
      sound: (key, stream) => { this.sound(key, stream); },
    }, take);
    this.line.start();
  }

  private readonly gone = (): void => {
    if (this.picture.state.link === 'registered' || this.picture.state.call !== null) sayGone();
  };

  private happened(event: Happened): void {
    this.take(happen(this.picture.state, event));
    if (event.what === 'registered') void this.sayHello();
  }

  private take([state, orders]: Step): void {
    this.show({ state });
    const { call, consult } = state;
    if (call?.phase === 'ringing' && call.direction === 'in' && !call.answering) this.ringer.start(this.devices.ring);
    else this.ringer.stop();
    this.followMicrophone(call !== null || consult !== null);
    this.followQuality();
    for (const order of orders) void this.obey(order);
  }

  private async obey(order: Order): Promise<void> {
    if (order.do === 'transfer' && order.id !== '') {
      // The service first: it knows the caller's way and the ledger. Without it the PBX does the same on our word.
      const sent = await sendCaller(order.id, order.to);
      if (sent === 'refused') this.happened({ what: 'refused', why: 'not_sent' });
      if (sent !== 'unreachable') return;
    }
    if (order.do !== 'answer' && order.do !== 'dial') {
      this.line?.obey(order, null);
      return;
    }
    try {
      const stream = await (this.microphone ??= openMicrophone(this.devices.microphone));
      this.line?.obey(order, stream.clone()); // each leg its own: muting one must not mute the other
    } catch (error) {
      this.microphone = null;
      this.microphoneIs('denied', error instanceof NoMicrophone ? error.why : 'denied');
      if (order.do === 'dial') this.line?.obey(order, null);
      else this.happened({ what: 'unanswered', key: order.key });
    }
  }

  /** Opened as soon as it rings, so that answering waits for nothing; closed with the last leg. */
  private followMicrophone(needed: boolean): void {
    if (needed && this.microphone === null) {
      this.microphone = openMicrophone(this.devices.microphone);
      this.microphone.then((stream) => { this.watch(stream); }, () => undefined); // told when it is wanted (obey)
    } else if (!needed && this.microphone !== null) {
      this.microphone.then(closeMicrophone, () => undefined);
      this.microphone = null;
    }
  }

  /** Pulled out in mid-call: the next one takes over. */
  private watch(stream: MediaStream): void {
    stream.getAudioTracks()[0]?.addEventListener('ended', () => {
      if (this.microphone === null) return;
      this.microphone = openMicrophone('');
      this.microphone.then(
        (next) => { this.watch(next); this.line?.replaceMicrophone(next); },
        (error: unknown) => { this.microphoneIs('denied', error instanceof NoMicrophone ? error.why : 'no_device'); },
      );
    });
  }

  /** Allowed before at this workplace: looked at without asking. Else the test asks. */
  private async lookAtMicrophone(): Promise<void> {
    const permission = await navigator.permissions.query({ name: 'microphone' as PermissionName }).catch(() => null);
    if (permission?.state === 'denied') this.microphoneIs('denied', 'denied');
    if (permission?.state !== 'granted' || this.picture.state.microphone !== 'untested') return;
    try {
      const stream = await openMicrophone(this.devices.microphone);
      const heard = await hearsAnything(stream);
      closeMicrophone(stream);
      this.microphoneIs(heard ? 'ok' : 'silent', null);
    } catch (error) {
      this.microphoneIs('denied', error instanceof NoMicrophone ? error.why : 'denied');
    }
  }

  private sound(key: string, stream: MediaStream | null): void {
    const old = this.speakers.get(key);
    if (stream === null) {
      if (old !== undefined) old.srcObject = null;
      this.speakers.delete(key);
      return;
    }
    const speaker = old ?? new Audio();
    this.speakers.set(key, speaker);
    speaker.autoplay = true;
    speaker.srcObject = stream;
    void playOn(speaker, this.devices.speaker).then(() => speaker.play()).catch(() => undefined);
  }

  private async sayHello(): Promise<void> {
    const { run } = this;
    for (let attempt = 0; attempt < 5 && run === this.run; attempt += 1) {
      const { call, consult, link } = this.picture.state;
      if (link !== 'registered') return; // the next registration says it
      if (await sayHeld([call?.id ?? '', consult?.id ?? ''].filter((id) => id !== ''))) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  private followQuality(): void {
    const { call, consult } = this.picture.state;
    const leg = [consult, call].find((one) => one !== null && one !== undefined && one.phase !== 'ringing');
    if (leg === undefined || leg === null) {
      clearInterval(this.timer);
      this.timer = undefined;
      if (this.picture.quality !== null) this.show({ quality: null });
    } else if (this.timer === undefined) {
      this.timer = setInterval(() => { void this.measure(); }, LOOK_EVERY_MS);
      void this.measure();
    }
  }

  private async measure(): Promise<void> {
    const { call, consult } = this.picture.state;
    const key = consult?.phase === 'talking' ? consult.key : call?.key;
    if (key === undefined) return;
    const quality = await this.line?.quality(key).catch(() => null) ?? null;
    if (this.timer !== undefined) this.show({ quality });
  }

  private show(change: Partial<Picture>): void {
    this.picture = { ...this.picture, ...change };
    for (const listener of this.listeners) listener();
  }
}
