// The server's words (GET /api/openapi.json); times are ISO 8601 UTC, durations seconds.

export type Side = 'caller' | 'operator';
export type CallState = 'offered' | 'waiting' | 'ringing' | 'talking' | 'overflow' | 'help_line' | 'ended';
export type Outcome =
  | 'answered' | 'overflow_answered' | 'helped' | 'self_served' | 'abandoned' | 'interrupted' | 'unobserved';
export type StayEnd =
  | 'answered' | 'abandoned' | 'timeout' | 'withdrawn' | 'emptied' | 'left' | 'interrupted' | 'unobserved'
  | 'full' | 'nobody' | 'unknown_queue';
export type Label = 'EMERGENCY' | 'NON_URGENT' | 'INFORMATIONAL' | 'NUISANCE' | 'SILENT_OR_UNCLEAR';
export type Lamp = 'pbx' | 'audio' | 'recognition' | 'store' | 'disk';

export interface Ring { operator: string; at: string; unanswered_at: string | null }
export interface Stay {
  queue: string; joined_at: string; position: number | null; left_at: string | null; end: StayEnd | null; rings: Ring[];
}
export interface Answer { operator: string; at: string; queue: string | null; ended_at: string | null; lost?: boolean; put_to?: string }
export interface Segment {
  side: Side; start_s: number; end_s: number; text: string; language: string; confidence: number; model: string;
  revision: number; final: boolean; heard: 'live' | 'recording'; suppressed: string | null;
  committed: number | null; as_heard: string | null;
}
export interface Stretch {
  side: Side; start_s: number; end_s: number; reason: string; state: 'pending' | 'recovered' | 'lost';
}
export interface Coverage { side: Side; speech_s: number; text_s: number; suppressed_s: number; missing_s: number }
export interface Evidence { words: string; start: number; end: number; label: Label; because: string }
export interface Assessment {
  at: string; label: Label; confidence: number; evidence: Evidence[]; vetoes: string[]; text: string; assessor: string;
}
export type UrgencyName = 'normal' | 'unclear' | 'danger';
export type Mode = 'shadow' | 'assist' | 'offer';
export type OfferEnd = 'accepted' | 'refused' | 'silence' | 'operator_answered' | 'vetoed' | 'caller_gone' | 'broken';
export interface Place { name: string; house: string; score: number; words: string; start: number; end: number; kind: string }
export interface FlagDecided { at: string; by: string; accepted: boolean; reason: string }
export interface Flag {
  at: string; mode: Mode; language: string; confidence: number; words: string; dropped: string | null;
  decided: FlagDecided | null;
}
export interface Offer { at: string; language: string; ended_at: string | null; how: OfferEnd | null; words: string }
export interface Turn { at: string; heard: string; topic: string | null; score: number }
export interface HelpLineLeft { at: string; why: string }
export interface Category { at: string; by: string; label: Label; category: string; audit: boolean }
export interface LanguageMode {
  queue: string; language: string; mode: Mode; audited: number; needed: number; missed: number; gate_open: boolean;
  miss_rate_below: number; changed_at: string | null; changed_by: string | null; reason: string | null;
}
/** What an operator wrote down; the last telling, whole. `version` counts the tellings from 1. */
export interface CardText { note: string; place: string; persons: string; follow_up: string }
export interface Card extends CardText { version: number; at: string; by: string }
export interface Recording {
  playable: boolean; duration_s: number; sha256: string; repaired: boolean; short_by_s: number; set_aside: string | null;
}
export interface Call {
  id: string; state: CallState; offered_at: string; number: string; dialled: string; seen_from_start: boolean;
  recording_began_at: string | null; priority: number; stays: Stay[]; answers: Answer[]; waited_s: number;
  talked_s: number; ended_at: string | null; hangup_cause: number | null; outcome: Outcome | null; segments: Segment[];
  missed: Stretch[]; assessment: Assessment | null; recording: Recording | null; transcript_complete: boolean;
  coverage: Coverage[]; revised_by: string | null; language: string | null; urgency: UrgencyName; urgent_words: string;
  places: Place[]; flag: Flag | null; offer: Offer | null; turns: Turn[]; help_line_left: HelpLineLeft | null;
  category: Category | null; sent_at: string | null; served_at: string | null; card: Card | null;
}
export interface Member { operator: string; queue: string; status: string; paused: boolean }
export type DeskState = 'off' | 'ready' | 'ringing' | 'talking' | 'wrap_up' | 'paused';
/** An operator's place as Asterisk has it. `why`: codes of why no call comes (i18n desk.why). */
export interface Desk {
  operator: string; name: string; state: DeskState; since: string; reason: string; until: string | null; why: string[];
  call_id: string | null; phone: 'web' | 'desk'; phone_there: boolean; on_hold: boolean;
  /** The phone rang in vain, and its operator has done nothing since. */
  unanswered_at: string | null;
}
export type CallBackWhy = 'abandoned' | 'cut_off' | 'silent';
export type CallBackHow = 'reached' | 'no_answer' | 'called_back' | 'called_again' | 'not_needed';
export type TryResult = 'talked' | 'cut_short' | 'busy' | 'no_answer' | 'unreachable' | 'given_up';
export interface CallBackTry { at: string; by: string; attempt: string; result: TryResult; talked_s: number; heard: boolean }
export interface CallBackDone { at: string; by: string; how: CallBackHow }
/** A caller who is to be called back; open while `done` is null. */
export interface CallBack {
  call_id: string; number: string; offered_at: string; needed_at: string; why: CallBackWhy; urgent: boolean; deadline: string;
  owner: string | null; owned_at: string | null; called_again: string | null; tries: CallBackTry[]; done: CallBackDone | null;
}
export interface Light { lamp: Lamp; up: boolean; since: string; why: string }
export interface Gap { link: string; began: string; ended: string; length_s: number; reason: string }
export interface Recognition { level: number; since: string; delayed_s: number }
export interface Live {
  seq: number; at: string; node: string; flags: 'hidden' | 'shadow_shown'; calls: Call[]; members: Member[];
  lights: Light[]; gaps: Gap[]; recognition: Recognition | null; languages: string[]; desks: Desk[]; call_backs: CallBack[];
}
export interface CallsPage { calls: Call[]; next_before: string | null }

export type Change =
  | { type: 'call'; seq: number; call: Call }
  | { type: 'removed'; seq: number; call_id: string }
  | { type: 'segment'; seq: number; call_id: string; segment: Segment }
  | { type: 'card'; seq: number; call_id: string; card: Card }
  | { type: 'light'; seq: number; light: Light }
  | { type: 'member'; seq: number; member: Member }
  | { type: 'gap'; seq: number; gap: Gap }
  | { type: 'recognition'; seq: number; recognition: Recognition }
  | { type: 'desk'; seq: number; desk: Desk }
  | { type: 'call_back'; seq: number; task: CallBack };
export type FeedMessage = { type: 'snapshot'; live: Live } | { type: 'ping'; seq: number; at: string } | Change;
