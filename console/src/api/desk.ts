// The operator's desk: state, card, places, history, suggested answers, call-backs.
import { ApiFailure, change, read } from './read';
import type { Call, CallBackHow, Card, CardText } from './types';

const call = (id: string): string => `/api/calls/${encodeURIComponent(id)}`;

export type WantedState = 'ready' | 'paused' | 'off';
export async function setDeskState(state: WantedState, reason = ''): Promise<void> {
  await change('/api/desk/state', { state, reason });
}

/** 0 ends the wrap-up now. */
export async function extendWrapUp(extend_s: number): Promise<void> {
  await change('/api/desk/wrap-up', { extend_s });
}

export interface DeskToday { answered: number; unanswered: number; talked_s: number; mean_talk_s: number; wrap_up_s: number; ready_s: number; since: string }
export const readToday = (): Promise<DeskToday> => read<DeskToday>('/api/desk/today');

/** For a desk phone: the page's own phone sends by itself. */
export async function sendTo(id: string, to: string): Promise<void> {
  await change(`${call(id)}/transfer`, { to });
}

/** Somebody wrote meanwhile: `card` stands. */
export class CardConflict extends Error {
  constructor(readonly card: Card | null) {
    super('the card has a newer version');
  }
}

/** The whole card, over the version that the page shows. Raises CardConflict, ApiFailure, TypeError (no link). */
export async function writeCard(id: string, text: CardText, version: number): Promise<Card | null> {
  try {
    const answer = await change(`${call(id)}/card`, { version, ...text }, 'PUT');
    return answer.status === 204 ? null : ((await answer.json()) as Card | null);
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 409) throw new CardConflict(cardOf(failure.body));
    throw failure;
  }
}

function cardOf(body: unknown): Card | null {
  return typeof body === 'object' && body !== null && 'card' in body ? (body.card as Card | null) : null;
}

export interface PlaceFound { name: string; kind: string }
export const readPlaces = (text: string): Promise<PlaceFound[]> => read<PlaceFound[]>(`/api/places?${new URLSearchParams({ text }).toString()}`);

/** What an earlier call of a number was; newest first. */
export type EarlierCall = Pick<Call, 'id' | 'offered_at' | 'outcome' | 'category' | 'card' | 'urgency' | 'talked_s' | 'answers'>;
export async function readNumberCalls(number: string): Promise<EarlierCall[]> {
  const answer = await read<EarlierCall[] | { calls: EarlierCall[] }>(`/api/numbers/${encodeURIComponent(number)}/calls`);
  return Array.isArray(answer) ? answer : answer.calls;
}

export const lastSecondsOf = (id: string, seconds: number): string => `${call(id)}/recording/last?seconds=${String(seconds)}`;

export interface SuggestedAnswer { topic: string; text: string; language: string; score: number; sample: boolean }
export const readAnswers = (id: string): Promise<SuggestedAnswer[]> => read<SuggestedAnswer[]>(`${call(id)}/answers`);

export type CallBackDo = { do: 'take' } | { do: 'give_back' } | { do: 'done'; how: Exclude<CallBackHow, 'called_again'> };
export async function changeCallBack(id: string, what: CallBackDo): Promise<void> {
  await change(`/api/call-backs/${encodeURIComponent(id)}`, what);
}
/** Rings the operator's phone, then the number. */
export async function ringBack(id: string): Promise<void> {
  await change(`/api/call-backs/${encodeURIComponent(id)}/call`, {});
}
