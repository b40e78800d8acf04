// The cards being written: kept in the tab until the server has them, sent as typed, tried again while it does not answer.
import { CardConflict } from '../api/desk';
import { ApiFailure } from '../api/read';
import type { Card, CardText } from '../api/types';
import { type Draft, draftOf, isDirty, isDue, keepMine, notTaken, refused, sending, taken, takeTheirs, told, typed } from './draft';

const AFTER_MS = 500; // of no typing
const AT_MOST_MS = 2000; // since the first letter not sent
const AGAIN_MS = [1000, 2000, 5000, 10_000] as const;
type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;
type Write = (id: string, text: CardText, version: number) => Promise<Card | null>;
interface Held { draft: Draft; timer: ReturnType<typeof setTimeout> | undefined; due_since: number | null; failures: number }
type Kept = Pick<Draft, 'text' | 'base' | 'version'>;

/** One per account and page; an external store for useSyncExternalStore. */
export class CardKeeper {
  private readonly held = new Map<string, Held>();
  private readonly listeners = new Set<() => void>();
  private readonly prefix: string;
  private waiting: readonly string[] = [];

  constructor(account: string, private readonly shelf: Shelf | null, private readonly write: Write) {
    this.prefix = `line102.card.${account}.`;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly read = (id: string): Draft | undefined => this.held.get(id)?.draft;
  /** Calls whose card the server does not have as it was typed. */
  readonly unsaved = (): readonly string[] => this.waiting;

  /** What was left over by a page that went is sent. */
  start(): void {
    for (const [id, kept] of this.left()) {
      if (!this.held.has(id)) this.held.set(id, { draft: { ...draftOf(null), ...kept }, timer: undefined, due_since: null, failures: 0 });
      this.plan(id, 0);
    }
    this.tell();
  }

  /** The page goes: everything is sent now; what does not arrive is still in the tab. */
  readonly flush = (): void => {
    for (const [id, held] of this.held) if (isDue(held.draft)) void this.send(id);
  };

  stop(): void {
    this.flush();
    for (const held of this.held.values()) clearTimeout(held.timer);
  }

  /** The call is on the screen with this card by the server. */
  show(id: string, card: Card | null): void {
    const held = this.held.get(id);
    if (held === undefined) {
      this.held.set(id, { draft: draftOf(card), timer: undefined, due_since: null, failures: 0 });
      this.tell();
    } else {
      this.put(id, told(held.draft, card));
    }
  }

  type(id: string, change: Partial<CardText>): void {
    const held = this.held.get(id);
    if (held === undefined) return;
    this.put(id, typed(held.draft, change));
    this.plan(id, AFTER_MS);
  }

  choose(id: string, whose: 'mine' | 'theirs'): void {
    const held = this.held.get(id);
    if (held === undefined) return;
    this.put(id, whose === 'mine' ? keepMine(held.draft) : takeTheirs(held.draft));
    this.plan(id, 0);
  }

  private plan(id: string, after_ms: number): void {
    const held = this.held.get(id);
    if (held === undefined || !isDue(held.draft)) return;
    held.due_since ??= Date.now();
    clearTimeout(held.timer);
    const left = Math.max(0, held.due_since + AT_MOST_MS - Date.now());
    held.timer = setTimeout(() => void this.send(id), held.failures > 0 ? after_ms : Math.min(after_ms, left));
  }

  private async send(id: string): Promise<void> {
    const held = this.held.get(id);
    if (held === undefined || !isDue(held.draft)) return;
    clearTimeout(held.timer);
    held.due_since = null;
    this.put(id, sending(held.draft));
    const { text, version } = held.draft;
    try {
      const card = await this.write(id, text, version);
      held.failures = 0;
      this.put(id, taken(held.draft, card));
      this.plan(id, AFTER_MS);
    } catch (failure) {
      if (failure instanceof CardConflict) {
        this.put(id, refused(held.draft, failure.card));
        this.plan(id, 0);
        return;
      }
      const lasting = failure instanceof ApiFailure && failure.status < 500;
      this.put(id, notTaken(held.draft));
      const wait = lasting ? 10_000 : (AGAIN_MS[Math.min(held.failures, AGAIN_MS.length - 1)] ?? 10_000);
      held.failures += 1;
      this.plan(id, wait);
    }
  }

  private put(id: string, draft: Draft): void {
    const held = this.held.get(id);
    if (held === undefined || held.draft === draft) return;
    held.draft = draft;
    this.keep(id, draft);
    this.tell();
  }

  private keep(id: string, draft: Draft): void {
    try {
      if (isDirty(draft)) this.shelf?.setItem(this.prefix + id, JSON.stringify({ text: draft.text, base: draft.base, version: draft.version } satisfies Kept));
      else this.shelf?.removeItem(this.prefix + id);
    } catch {
      // a full or forbidden shelf: the page itself still holds it
    }
  }

  private left(): [string, Kept][] {
    const shelf = this.shelf;
    if (shelf === null) return [];
    const keys = Array.from({ length: shelf.length }, (_, n) => shelf.key(n)).filter((key) => key?.startsWith(this.prefix) ?? false);
    return keys.flatMap((key) => {
      const kept = key === null ? null : readKept(shelf.getItem(key));
      return key === null || kept === null ? [] : [[key.slice(this.prefix.length), kept] as const];
    }) as [string, Kept][];
  }

  private tell(): void {
    const next = [...this.held].filter(([, { draft }]) => isDirty(draft)).map(([id]) => id);
    if (next.join() !== this.waiting.join()) this.waiting = next;
    for (const listener of this.listeners) listener();
  }
}

function readKept(text: string | null): Kept | null {
  try {
    const kept: unknown = JSON.parse(text ?? 'null');
    return typeof kept === 'object' && kept !== null && 'text' in kept && 'base' in kept && 'version' in kept ? (kept as Kept) : null;
  } catch {
    return null;
  }
}
