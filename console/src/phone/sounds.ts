// The ring and the test tone, made here: no file to load, no codec to miss.
import { playOn, type SinkTaker } from './devices';

const RING_EVERY_S = 3;
const RING_S = 1.1;

/** Two warm tones, swelling: heard across a room, not startling in a headset. */
export class Ringer {
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  start(output: string): void {
    if (this.context !== null) return;
    const context = new AudioContext();
    this.context = context;
    void playOn(context as SinkTaker, output);
    void context.resume();
    this.ring(context);
    this.timer = setInterval(() => { this.ring(context); }, RING_EVERY_S * 1000);
  }

  stop(): void {
    clearInterval(this.timer);
    void this.context?.close();
    this.context = null;
  }

  private ring(context: AudioContext): void {
    tone(context, [523, 659], context.currentTime, RING_S / 2);
    tone(context, [587, 740], context.currentTime + RING_S / 2, RING_S / 2);
  }
}

/** One second on the chosen loudspeaker: "did you hear it?" */
export async function testTone(output: string): Promise<void> {
  const context = new AudioContext();
  await playOn(context as SinkTaker, output);
  await context.resume();
  tone(context, [440], context.currentTime, 0.4);
  tone(context, [554], context.currentTime + 0.45, 0.5);
  setTimeout(() => void context.close(), 1500);
}

function tone(context: AudioContext, hertz: readonly number[], from: number, seconds: number): void {
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(0.18, from + 0.06);
  gain.gain.linearRampToValueAtTime(0, from + seconds);
  gain.connect(context.destination);
  for (const frequency of hertz) {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.connect(gain);
    oscillator.start(from);
    oscillator.stop(from + seconds);
  }
}
