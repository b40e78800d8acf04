// A card as it stands on the screen, beside what the server has of it. Pure: the keeper sends and keeps.
import type { Card, CardText } from '../api/types';

export interface Draft {
  /** As typed. */
  text: CardText;
  /** As the server has it, in `version`; 0: the call has no card yet. */
  base: CardText;
  version: number;
  /** On its way to the server. */
  sent: CardText | null;
  /** Somebody wrote meanwhile: nothing is sent until the operator has chosen. */
  theirs: Card | null;
  failed: boolean;
  saved_at: string | null;
  by: string;
}

export const FIELDS = ['place', 'note', 'persons', 'follow_up'] as const;
export type Field = (typeof FIELDS)[number];
export const EMPTY: CardText = { note: '', place: '', persons: '', follow_up: '' };

export function draftOf(card: Card | null): Draft {
  const text = card === null ? EMPTY : textOf(card);
  return { text, base: text, version: card?.version ?? 0, sent: null, theirs: null, failed: false, saved_at: card?.at ?? null, by: card?.by ?? '' };
}

export const textOf = ({ note, place, persons, follow_up }: CardText): CardText => ({ note, place, persons, follow_up });
export const sameText = (one: CardText, other: CardText): boolean => FIELDS.every((field) => one[field] === other[field]);
export const isDirty = (draft: Draft): boolean => !sameText(draft.text, draft.base);
/** To be sent when the time comes. */
export const isDue = (draft: Draft): boolean => isDirty(draft) && draft.sent === null && draft.theirs === null;

export const typed = (draft: Draft, change: Partial<CardText>): Draft => ({ ...draft, text: { ...draft.text, ...change } });
export const sending = (draft: Draft): Draft => ({ ...draft, sent: draft.text });
export const notTaken = (draft: Draft): Draft => ({ ...draft, sent: null, failed: true });

/** The server took what was sent; what was typed since is still to be sent. */
export function taken(draft: Draft, card: Card | null): Draft {
  const base = card === null ? (draft.sent ?? draft.text) : textOf(card);
  return {
    ...draft, base, version: card?.version ?? draft.version, sent: null, theirs: null, failed: false,
    saved_at: card?.at ?? draft.saved_at, by: card?.by ?? draft.by,
  };
}

/** The server has a newer one than this was written over. */
export function refused(draft: Draft, card: Card | null): Draft {
  if (card === null) return { ...draft, sent: null, base: EMPTY, version: 0 };
  if (sameText(card, draft.text)) return taken(draft, card);
  return { ...draft, sent: null, failed: false, theirs: card };
}

/** The feed tells the card: our own words come back this way too, sometimes before the answer to the sending. */
export function told(draft: Draft, card: Card | null): Draft {
  if (card === null || card.version <= (draft.theirs?.version ?? draft.version)) return draft;
  if (draft.sent !== null) return sameText(card, draft.sent) ? { ...taken(draft, card), sent: draft.sent } : draft;
  if (sameText(card, draft.text)) return taken(draft, card);
  return isDirty(draft) ? { ...draft, theirs: card } : draftOf(card);
}

export const keepMine = (draft: Draft): Draft =>
  draft.theirs === null ? draft : { ...draft, base: textOf(draft.theirs), version: draft.theirs.version, theirs: null };
export const takeTheirs = (draft: Draft): Draft => (draft.theirs === null ? draft : draftOf(draft.theirs));
