// The feed's connection: snapshot, numbered changes; a hole, a silence or a cut is followed by a new snapshot.
import { isDenied } from '../api/read';
import type { FeedMessage } from '../api/types';
import { advance, type Line } from './reducer';

export type Link =
  | { state: 'connecting' }
  | { state: 'live'; reread_at: number | null }
  | { state: 'stale'; since: number }
  | { state: 'denied' };

export interface Picture { line: Line | null; link: Link }

const SIGNED_OUT = 4003; // close code: the session is over
const SILENT_AFTER_MS = 35_000; // the server pings every 15 s
const BACK_OFF_MS = [250, 500, 1000, 2000, 4000, 8000] as const;

/** An external store for useSyncExternalStore. One per page. */
export class FeedClient {
  private picture: Picture = { line: null, link: { state: 'connecting' } };
  private readonly listeners = new Set<() => void>();
  private socket: WebSocket | null = null;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private reread = false;

  constructor(private readonly address: string) {}

  readonly read = (): Picture => this.picture;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.connect();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  };

  /** Try at once instead of at the end of the back-off (the window came back, the network is there again). */
  readonly hurry = (): void => {
    if (this.socket !== null || this.listeners.size === 0) return;
    clearTimeout(this.timer);
    this.connect();
  };

  private connect(): void {
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => {
      if (this.socket === socket) this.take(JSON.parse(event.data) as FeedMessage);
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      if (code === SIGNED_OUT) this.signedOut();
      else this.lost();
    };
    this.listen();
  }

  private take(message: FeedMessage): void {
    this.listen();
    const next = advance(this.picture.line, message, Date.now());
    if (next === 'hole') {
      this.lost();
      return;
    }
    if (message.type === 'snapshot') {
      this.failures = 0;
      this.show({ line: next, link: { state: 'live', reread_at: this.reread ? Date.now() : null } });
      this.reread = true;
    } else if (next !== this.picture.line) {
      this.show({ ...this.picture, line: next });
    }
  }

  private lost(): void {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.silence);
    socket?.close();
    const { line, link } = this.picture;
    if (link.state === 'live') this.show({ line, link: { state: 'stale', since: Date.now() } });
    const wait = BACK_OFF_MS[Math.min(this.failures, BACK_OFF_MS.length - 1)] ?? 8000;
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.again(), wait * (0.75 + Math.random() / 2));
  }

  /** Nothing is tried again by itself; `hurry` does, should somebody have signed in beside this page. */
  private signedOut(): void {
    this.stop();
    this.show({ ...this.picture, link: { state: 'denied' } });
  }

  private async again(): Promise<void> {
    const denied = await isDenied();
    if (this.socket !== null || this.listeners.size === 0) return;
    if (denied) this.show({ ...this.picture, link: { state: 'denied' } });
    else this.connect();
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.lost();
    }, SILENT_AFTER_MS);
  }

  private show(picture: Picture): void {
    this.picture = picture;
    for (const listener of this.listeners) listener();
  }

  private stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
