// The operator's desk: state, card, places, history, suggested answers, call-backs.
import { ApiFailure, change, read } from './read';
import type { CallBackHow, CallState, Card, CardText, Category, Outcome, UrgencyName } from './types';

const call = (id: string): string => `/api/calls/${encodeURIComponent(id)}`;

export type WantedState = 'ready' | 'paused' | 'off';
export async function setDeskState(state: WantedState, reason = ''): Promise<void> {
  await change('/api/desk/state', { state, reason });
}

/** 0 ends the wrap-up now. */
export async function extendWrapUp(extend_s: number): Promise<void> {
  await change('/api/desk/wrap-up', { extend_s });
}

/** Since midnight; `since` says which. */
export interface DeskToday {
  operator: string; since: string; answered: number; talked_s: number; mean_talk_s: number | null; longest_talk_s: number | null;
  sent_to_help: number;
}
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
    return cardOf(await answer.json());
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 409) throw new CardConflict(cardOf(failure.body));
    throw failure;
  }
}

function cardOf(body: unknown): Card | null {
  return typeof body === 'object' && body !== null && 'card' in body ? (body.card as Card | null) : null;
}

export interface PlaceChoice { name: string; kazakh: string; house: string; kind: string; matched: string; score: number }
export const readPlaces = async (text: string): Promise<PlaceChoice[]> =>
  (await read<{ places: PlaceChoice[] }>(`/api/places?${new URLSearchParams({ text }).toString()}`)).places;

export interface PastCall {
  id: string; state: CallState; offered_at: string; outcome: Outcome | null; waited_s: number; talked_s: number; operators: string[];
  urgency: UrgencyName; category: Category | null; place: string; note: string; words: string;
}
export interface NumberCalls { number: string; within_30_days: number; calls: PastCall[]; next_before: string | null }
/** What a number called about before the call that is on the line; newest first. */
export function readNumberCalls(number: string, leave_out: string): Promise<NumberCalls> {
  const query = new URLSearchParams({ limit: '5', leave_out });
  return read<NumberCalls>(`/api/numbers/${encodeURIComponent(number)}/calls?${query.toString()}`);
}

/** The last seconds of a recording that is still being written. `time`: the nth time it is asked for, which no cache may answer. */
export const lastSecondsOf = (id: string, seconds: number, time: number): string =>
  `${call(id)}/recording/last?seconds=${(seconds + (time % 1000) / 1000).toFixed(3)}`;

export interface SuggestedAnswer { topic: string; text: string; language: string; score: number; sample: boolean }
export interface SuggestedAnswers { language: string; threshold: number; answers: SuggestedAnswer[] }
export const readAnswers = (id: string): Promise<SuggestedAnswers> => read<SuggestedAnswers>(`${call(id)}/answers`);

export type CallBackDo = { do: 'take' } | { do: 'give_back' } | { do: 'done'; how: Exclude<CallBackHow, 'called_again' | 'called_back'> };
export async function changeCallBack(id: string, what: CallBackDo): Promise<void> {
  await change(`/api/call-backs/${encodeURIComponent(id)}`, what);
}
/** Rings the operator's phone, then the number. */
export async function ringBack(id: string): Promise<void> {
  await change(`/api/call-backs/${encodeURIComponent(id)}/call`, {});
}
