import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FeedMessage, Live } from '../src/api/types';
import { FeedClient } from '../src/feed/client';

// A scripted peer in place of the browser's WebSocket: it opens nothing and says what the test tells it to.
class ScriptedSocket {
  static opened: ScriptedSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  constructor() {
    ScriptedSocket.opened.push(this);
  }
  say(message: FeedMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close(): void {
    this.closed = true;
  }
}

const live = (seq: number): FeedMessage => {
  const at = new Date().toISOString();
  return { type: 'snapshot', live: { seq, at, node: 'n', flags: 'hidden', calls: [], members: [], lights: [], gaps: [], recognition: null, languages: [], desks: [], call_backs: [] } satisfies Live };
};
const gap = (seq: number): FeedMessage => ({ type: 'gap', seq, gap: { link: 'ami', began: '', ended: '', length_s: 1, reason: '' } });
const last = (): ScriptedSocket => ScriptedSocket.opened.at(-1) as ScriptedSocket;
let status = 200;

beforeEach(() => {
  ScriptedSocket.opened = [];
  status = 200;
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', ScriptedSocket);
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status })));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function opened(): FeedClient {
  const client = new FeedClient('ws://line/api/feed');
  client.subscribe(() => undefined);
  last().say(live(5));
  return client;
}

it('reads the snapshot again by itself after a hole, and says so', async () => {
  const client = opened();
  expect(client.read().link).toEqual({ state: 'live', reread_at: null });
  last().say(gap(7));
  expect(client.read().link.state).toBe('stale');
  expect(ScriptedSocket.opened[0]?.closed).toBe(true);
  await vi.advanceTimersByTimeAsync(400);
  expect(ScriptedSocket.opened).toHaveLength(2);
  last().say(live(9));
  expect(client.read().link).toMatchObject({ state: 'live', reread_at: Date.now() });
  expect(client.read().line?.seq).toBe(9);
});

it('calls a silent link broken although nobody closed it', async () => {
  const client = opened();
  await vi.advanceTimersByTimeAsync(34_000);
  expect(client.read().link.state).toBe('live');
  await vi.advanceTimersByTimeAsync(2000);
  expect(client.read().link.state).toBe('stale');
});

it('keeps what was shown while the link is broken, and since when', async () => {
  const client = opened();
  last().say(gap(6));
  const line = client.read().line;
  const since = Date.now();
  last().onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(5000);
  expect(client.read()).toEqual({ line, link: { state: 'stale', since } });
});

it('asks ever less often while nobody answers', async () => {
  opened();
  last().onclose?.({ code: 1006 });
  const waits: number[] = [];
  for (let tries = 1; tries <= 9; tries += 1) {
    const began = Date.now();
    while (ScriptedSocket.opened.length === tries) await vi.advanceTimersByTimeAsync(50);
    waits.push(Date.now() - began);
    last().onclose?.({ code: 1006 });
  }
  expect(waits[0]).toBeLessThan(500);
  expect(Math.max(...waits)).toBeLessThanOrEqual(10_100);
  expect(waits.at(-1)).toBeGreaterThan(5900);
});

it('says that the key is needed instead of trying for ever', async () => {
  const client = opened();
  status = 401;
  last().onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(client.read().link.state).toBe('denied');
  expect(ScriptedSocket.opened).toHaveLength(1);
});

it('says at once that the session is over, asks nobody, and looks again when told to hurry', async () => {
  const asked = vi.fn(() => Promise.resolve(new Response(null, { status: 200 })));
  vi.stubGlobal('fetch', asked);
  const client = opened();
  const { line } = client.read();
  last().onclose?.({ code: 4003 });
  expect(client.read()).toEqual({ line, link: { state: 'denied' } });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(client.read().link.state).toBe('denied');
  expect(ScriptedSocket.opened).toHaveLength(1);
  expect(asked).not.toHaveBeenCalled();
  client.hurry();
  expect(client.read().link.state).toBe('denied');
  last().say(live(9));
  expect(client.read().link.state).toBe('live');
});

it('hears nothing from a socket it has given up', () => {
  const client = opened();
  const old = last();
  old.say(gap(9));
  old.say(live(20));
  expect(client.read().line?.seq).toBe(5);
});
