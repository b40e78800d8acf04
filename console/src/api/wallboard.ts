// The line's figures of today (GET /api/wallboard).
import { read } from './read';
import type { Gap } from './types';

export interface Within { within_s: number; target: number; answered: number; of: number; share: number | null }
/** Calls offered since `began`: answered + abandoned + short + elsewhere + unseen + waiting. */
export interface WallWindow {
  began: string; offered: number; answered: number; abandoned: number; short: number; elsewhere: number; unseen: number; waiting: number;
  deflected: number; mean_wait_s: number | null; longest_wait_s: number; within: Within[]; gaps: Omit<Gap, 'length_s'>[];
}
export interface Wallboard {
  at: string; whole: boolean; target_mean_wait_s: number; short_s: number; now: WallWindow; hour: WallWindow; today: WallWindow;
}
export const readWallboard = (): Promise<Wallboard> => read<Wallboard>('/api/wallboard');
