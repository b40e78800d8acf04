import { describe, expect, it } from 'vitest';
import { decibels, SILENT_BELOW_DB, whyNot } from '../src/phone/microphone';
import { gradeOf, qualityOf } from '../src/phone/quality';

const inbound = { type: 'inbound-rtp', kind: 'audio', packetsReceived: 900, packetsLost: 100, jitter: 0.012, totalAudioEnergy: 0.5 };
const outbound = { type: 'outbound-rtp', kind: 'audio', packetsSent: 1000 };
const remote = { type: 'remote-inbound-rtp', kind: 'audio', roundTripTime: 0.04 };

describe('the quality of the sound', () => {
  it('is read out of what WebRTC counts', () => {
    expect(qualityOf([inbound, outbound, remote])).toEqual({ round_trip_ms: 40, jitter_ms: 12, lost_share: 0.1, received: 900, sent: 1000, energy: 0.5 });
  });
  it('is nothing yet when nothing was counted', () => {
    expect(qualityOf([{ type: 'candidate-pair' }])).toEqual({ round_trip_ms: null, jitter_ms: 0, lost_share: 0, received: 0, sent: 0, energy: 0 });
  });
  it('never shows a negative loss: packets that come twice make one', () => {
    expect(qualityOf([{ ...inbound, packetsLost: -3 }]).lost_share).toBe(0);
  });
  it.each([[0, 10, null, 'good'], [0.031, 10, 40, 'fair'], [0, 61, 40, 'fair'], [0, 10, 251, 'fair'], [0.11, 10, 40, 'poor'], [0, 10, 401, 'poor']])(
    'loss %d, jitter %d ms, round trip %s ms: %s', (lost_share, jitter_ms, round_trip_ms, grade) => {
      expect(gradeOf({ lost_share, jitter_ms, round_trip_ms, received: 1, sent: 1, energy: 0 })).toBe(grade);
    });
});

describe('the microphone', () => {
  const tone = (level: number): Float32Array => Float32Array.from({ length: 2048 }, (_, n) => level * Math.sin(n / 5));
  it('is as loud as its samples', () => {
    expect(decibels(tone(1))).toBeCloseTo(-3, 0);
    expect(decibels(tone(0.01))).toBeCloseTo(-43, 0);
    expect(decibels(new Float32Array(2048))).toBe(-100);
    expect(decibels(new Float32Array(0))).toBe(-100);
  });
  it('that is switched off is told from one in a quiet room', () => {
    expect(decibels(new Float32Array(2048))).toBeLessThan(SILENT_BELOW_DB);
    expect(decibels(tone(0.0005))).toBeGreaterThan(SILENT_BELOW_DB);
  });
  it.each([['NotAllowedError', 'denied'], ['NotFoundError', 'no_device'], ['OverconstrainedError', 'no_device'], ['NotReadableError', 'in_use'], ['TypeError', 'denied']])(
    '%s: %s', (name, why) => {
      expect(whyNot(Object.assign(new Error('no'), { name }))).toBe(why);
    });
});
