// The microphone: opening it, why it does not open, and how loud it is.

export type Refusal = 'denied' | 'no_device' | 'in_use' | 'insecure';
export class NoMicrophone extends Error {
  constructor(readonly why: Refusal) {
    super(why);
  }
}

/** The chosen one, else the system's. Raises NoMicrophone. */
export async function openMicrophone(id: string): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new NoMicrophone('insecure'); // plain http from another machine
  const voice = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await devices.getUserMedia({ audio: id === '' ? voice : { ...voice, deviceId: { ideal: id } } });
  } catch (error) {
    throw new NoMicrophone(whyNot(error));
  }
}

export function whyNot(error: unknown): Refusal {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'no_device';
  if (name === 'NotReadableError' || name === 'AbortError') return 'in_use';
  return 'denied';
}

export const closeMicrophone = (stream: MediaStream | null): void => {
  for (const track of stream?.getTracks() ?? []) track.stop();
};

/** dB below full scale; a closed microphone switch gives exact silence (-100), an open one hears the room (about -60). */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const x of samples) sum += x * x;
  return Math.max(-100, 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-10));
}
export const SILENT_BELOW_DB = -75;

/** Tells the level about 20 times a second until the returned function is called. */
export function listen(stream: MediaStream, tell: (db: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  void context.resume();
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(decibels(samples));
  }, 50);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}

const LISTEN_FOR_MS = 1500;
/** Whether anything at all comes out of it, without anybody having to speak. */
export function hearsAnything(stream: MediaStream): Promise<boolean> {
  return new Promise((resolve) => {
    let loudest = -100;
    const began = Date.now();
    const stop = listen(stream, (db) => {
      loudest = Math.max(loudest, db);
      const heard = loudest > SILENT_BELOW_DB;
      if (!heard && Date.now() - began < LISTEN_FOR_MS) return;
      stop();
      resolve(heard);
    });
  });
}
