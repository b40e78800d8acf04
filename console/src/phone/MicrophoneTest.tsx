import { Button, Modal, NativeSelect } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { closeSheet, useSheet } from '../parts/sheets';
import { type Devices, devicesOf, keepDevices } from './devices';
import { closeMicrophone, listen, NoMicrophone, openMicrophone, type Refusal, SILENT_BELOW_DB } from './microphone';
import { useCentre } from './phone';
import { Ringer, testTone } from './sounds';
import style from './phone.module.css';

const SPEECH_DB = -50;
const SILENT_AFTER_MS = 4000;
const RING_FOR_MS = 2500;

/** Before the first Ready, and whenever asked for: which devices, whether they work, what to do when they do not. */
export function MicrophoneTest({ account }: { account: string }) {
  const { t } = useTranslation();
  const opened = useSheet() === 'microphone';
  return (
    <Modal
      opened={opened} onClose={closeSheet} title={t('phone.test.title')} size={520}
      closeButtonProps={{ 'aria-label': t('phone.test.close') }} transitionProps={{ duration: 0 }}
    >
      {opened && <Test account={account} />}
    </Modal>
  );
}

function Test({ account }: { account: string }) {
  const { t } = useTranslation();
  const [centre] = useCentre();
  const [devices, choose] = useState(() => devicesOf(account));
  const heard = useMicrophone(devices.microphone);
  const known = useKnownDevices(heard.verdict);
  const change = (part: Partial<Devices>): void => {
    const chosen = { ...devices, ...part };
    choose(chosen);
    keepDevices(account, chosen);
    void centre.devicesChosen(chosen);
  };
  const options = (kind: MediaDeviceKind): { value: string; label: string }[] => [
    { value: '', label: t('phone.test.system') },
    ...known.filter((one) => one.kind === kind && one.deviceId !== '').map((one) => ({ value: one.deviceId, label: one.label })),
  ];
  return (
    <div className={style.test} data-testid="microphone-test" data-verdict={heard.verdict}>
      <NativeSelect label={t('phone.test.microphone')} value={devices.microphone} data={options('audioinput')} onChange={(event) => { change({ microphone: event.currentTarget.value }); }} />
      <Level db={heard.db} />
      <Verdict verdict={heard.verdict} refusal={heard.refusal} />
      <div className={style.row}>
        <NativeSelect label={t('phone.test.speaker')} value={devices.speaker} data={options('audiooutput')} onChange={(event) => { change({ speaker: event.currentTarget.value }); }} />
        <Button variant="default" onClick={() => void testTone(devices.speaker)}>{t('phone.test.play')}</Button>
      </div>
      <div className={style.row}>
        <NativeSelect label={t('phone.test.ring')} value={devices.ring} data={options('audiooutput')} onChange={(event) => { change({ ring: event.currentTarget.value }); }} />
        <Button variant="default" onClick={() => { ringBriefly(devices.ring); }}>{t('phone.test.play_ring')}</Button>
      </div>
      <p className="quiet">{t('phone.test.listen')}</p>
      <Button onClick={closeSheet} data-testid="microphone-done">{t('phone.test.done')}</Button>
    </div>
  );
}

function Level({ db }: { db: number }) {
  const { t } = useTranslation();
  const share = Math.round(Math.max(0, Math.min(100, ((db + 80) / 80) * 100)));
  return (
    <div className={style.level} role="meter" aria-label={t('phone.test.level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={share}>
      <span style={{ width: `${String(share)}%` }} />
    </div>
  );
}

type Heard = 'opening' | 'say' | 'heard' | 'silent' | 'refused';
function Verdict({ verdict, refusal }: { verdict: Heard; refusal: Refusal | null }) {
  const { t } = useTranslation();
  const words = verdict === 'refused' ? t(`phone.refusal.${refusal ?? 'denied'}`) : t(`phone.test.${verdict}`);
  const sign = verdict === 'heard' ? '✓' : verdict === 'silent' || verdict === 'refused' ? '✕' : '○';
  return <p role="status" data-testid="microphone-verdict"><span aria-hidden>{sign}</span> {words}</p>;
}

/** Opens the chosen microphone while shown, measures it, and tells the phone what came of it. */
function useMicrophone(id: string): { db: number; verdict: Heard; refusal: Refusal | null } {
  const [centre] = useCentre();
  const [seen, see] = useState<{ db: number; verdict: Heard; refusal: Refusal | null }>({ db: -100, verdict: 'opening', refusal: null });
  useEffect(() => {
    let gone = false;
    let stop = (): void => undefined;
    const began = Date.now();
    let loudest = -100;
    const told = (db: number): void => {
      loudest = Math.max(loudest, db);
      const silent = loudest <= SILENT_BELOW_DB && Date.now() - began > SILENT_AFTER_MS;
      const verdict = loudest > SPEECH_DB ? 'heard' : silent ? 'silent' : 'say';
      see({ db, verdict, refusal: null });
      if (loudest > SILENT_BELOW_DB) centre.microphoneIs('ok', null);
      else if (silent) centre.microphoneIs('silent', null);
    };
    openMicrophone(id).then(
      (stream) => {
        if (gone) { closeMicrophone(stream); return; }
        const end = listen(stream, told);
        stop = () => { end(); closeMicrophone(stream); };
      },
      (error: unknown) => {
        const refusal = error instanceof NoMicrophone ? error.why : 'denied';
        if (gone) return;
        see({ db: -100, verdict: 'refused', refusal });
        centre.microphoneIs('denied', refusal);
      },
    );
    return () => { gone = true; stop(); };
  }, [centre, id]);
  return seen;
}

/** Read again when devices come and go, and once the microphone is allowed: only then do they have names. */
function useKnownDevices(verdict: Heard): MediaDeviceInfo[] {
  const [known, know] = useState<MediaDeviceInfo[]>([]);
  const allowed = verdict !== 'opening' && verdict !== 'refused';
  useEffect(() => {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (devices === undefined) return;
    let gone = false;
    const look = (): void => { devices.enumerateDevices().then((found) => { if (!gone) know(found); }, () => undefined); };
    look();
    devices.addEventListener('devicechange', look);
    return () => { gone = true; devices.removeEventListener('devicechange', look); };
  }, [allowed]);
  return known;
}

function ringBriefly(output: string): void {
  const ringer = new Ringer();
  ringer.start(output);
  setTimeout(() => { ringer.stop(); }, RING_FOR_MS);
}
