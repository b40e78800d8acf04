// How good the sound is, out of WebRTC's own figures.
import type { Quality } from './phone';

type Row = Record<string, unknown>;
const figure = (value: unknown): number => typeof value === 'number' && Number.isFinite(value) ? value : 0;

export function qualityOf(stats: { forEach: (each: (row: Row) => void) => void }): Quality {
  const found: Quality = { round_trip_ms: null, jitter_ms: 0, lost_share: 0, received: 0, sent: 0, energy: 0 };
  stats.forEach((row) => {
    if (row['kind'] !== 'audio' && row['mediaType'] !== 'audio') return;
    if (row['type'] === 'inbound-rtp') {
      found.received = figure(row['packetsReceived']);
      found.jitter_ms = figure(row['jitter']) * 1000;
      found.energy = figure(row['totalAudioEnergy']);
      const lost = Math.max(0, figure(row['packetsLost']));
      found.lost_share = lost === 0 ? 0 : lost / (lost + found.received);
    } else if (row['type'] === 'outbound-rtp') {
      found.sent = figure(row['packetsSent']);
    } else if (row['type'] === 'remote-inbound-rtp' && typeof row['roundTripTime'] === 'number') {
      found.round_trip_ms = row['roundTripTime'] * 1000;
    }
  });
  return found;
}

export type Grade = 'good' | 'fair' | 'poor';
/** E-model's steps, coarsely: 3 % loss or 60 ms jitter is heard, 10 % or 400 ms round trip hurts. */
export function gradeOf(quality: Quality): Grade {
  if (quality.lost_share > 0.1 || (quality.round_trip_ms ?? 0) > 400) return 'poor';
  if (quality.lost_share > 0.03 || quality.jitter_ms > 60 || (quality.round_trip_ms ?? 0) > 250) return 'fair';
  return 'good';
}
