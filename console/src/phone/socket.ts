// The websocket under JsSIP, ours so that a dead link is noticed: a pulled cable closes no socket for minutes.
import type { Socket } from 'jssip';

const KEEP_ALIVE = '\r\n\r\n'; // RFC 5626: the answer is one \r\n
const ASK_AFTER_MS = 5_000;
const DEAD_AFTER_MS = 12_000;
export const SILENT = 4900; // our own code for "nothing came for DEAD_AFTER_MS"

export class PhoneSocket implements Socket {
  via_transport: string;
  readonly sip_uri: string;
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: <T>(data: T) => void = () => undefined;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private heard_at = 0;
  private answers = false; // whether the other end answers keep-alives at all: without it silence means nothing

  /** `address`: asked anew for each attempt, for the first may want to say more than the next. */
  constructor(readonly url: string, private readonly address: () => string) {
    const { protocol, host } = new URL(url);
    this.via_transport = protocol === 'wss:' ? 'WSS' : 'WS';
    this.sip_uri = `sip:${host};transport=ws`;
  }

  connect(): void {
    this.disconnect();
    const socket = new WebSocket(this.address(), 'sip');
    this.socket = socket;
    socket.onopen = () => {
      this.watch();
      this.onconnect();
    };
    socket.onclose = ({ wasClean, code, reason }) => {
      if (this.socket === socket) this.lost(!wasClean, code, reason);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      this.heard_at = Date.now();
      if (event.data === '\r\n') this.answers = true;
      this.ondata(event.data);
    };
  }

  disconnect(): void {
    const { socket } = this;
    this.socket = null;
    clearInterval(this.timer);
    if (socket === null) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(message as string);
    return true;
  }

  isConnected(): boolean { return this.socket?.readyState === WebSocket.OPEN; }
  isConnecting(): boolean { return this.socket?.readyState === WebSocket.CONNECTING; }

  /** The network may have gone: look now instead of at the next turn. */
  doubt(): void {
    this.send(KEEP_ALIVE);
  }

  private watch(): void {
    this.heard_at = Date.now();
    clearInterval(this.timer);
    this.timer = setInterval(() => {
      const silent_ms = Date.now() - this.heard_at;
      if (this.answers && silent_ms > DEAD_AFTER_MS) {
        this.disconnect();
        this.lost(true, SILENT, 'silent');
      } else if (silent_ms > ASK_AFTER_MS - 500) {
        this.send(KEEP_ALIVE);
      }
    }, ASK_AFTER_MS);
  }

  private lost(error: boolean, code: number, reason: string): void {
    clearInterval(this.timer);
    this.socket = null;
    this.ondisconnect(error, code, reason);
  }
}
