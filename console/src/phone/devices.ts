// Which microphone and loudspeakers an account uses at this workplace. Device names are the browser's own, so they are kept in it.

export interface Devices {
  /** '' = the system's choice. */
  microphone: string;
  speaker: string;
  /** Where it rings: often not the headset. */
  ring: string;
}
const NONE: Devices = { microphone: '', speaker: '', ring: '' };
const place = (account: string): string => `line102.phone.${account}`;

export function devicesOf(account: string): Devices {
  try {
    const kept = JSON.parse(localStorage.getItem(place(account)) ?? '{}') as Partial<Devices>;
    const text = (value: unknown): string => typeof value === 'string' ? value : '';
    return { microphone: text(kept.microphone), speaker: text(kept.speaker), ring: text(kept.ring) };
  } catch {
    return NONE;
  }
}

export function keepDevices(account: string, devices: Devices): void {
  try {
    localStorage.setItem(place(account), JSON.stringify(devices));
  } catch {
    // chosen again next time
  }
}

export type SinkTaker = { setSinkId?: (id: string) => Promise<void> };
/** The chosen output, else the system's: a device that was pulled out must not silence the caller. */
export async function playOn(what: SinkTaker, id: string): Promise<void> {
  try {
    await what.setSinkId?.(id);
  } catch {
    await what.setSinkId?.('').catch(() => undefined);
  }
}
