import { SegmentedControl } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { recordingOf } from '../api/read';
import type { Call, Recording } from '../api/types';
import { reason } from '../i18n';
import style from './call.module.css';

const SPEEDS = ['0.75', '1', '1.25', '1.5', '2'];
interface Props { call: Call; audio: RefObject<HTMLAudioElement | null>; onTime: (at_s: number | null) => void }

export function Player({ call, audio, onTime }: Props) {
  const { t } = useTranslation();
  const recording = call.recording;
  return (
    <footer className={style.player} aria-label={t('recording.title')}>
      {recording === null && <span className="quiet">{t('recording.coming')}</span>}
      {recording?.set_aside && <span>{t('recording.set_aside', { why: reason(recording.set_aside) })}</span>}
      {recording?.playable && <Sound call={call} recording={recording} audio={audio} onTime={onTime} />}
    </footer>
  );
}

function Sound({ call, recording, audio, onTime }: Props & { recording: Recording }) {
  const { t } = useTranslation();
  const [speed, setSpeed] = useState('1');
  const [failed, fail] = useState(false);
  const notes = [
    t('recording.sides'),
    recording.repaired ? t('recording.repaired') : '',
    recording.short_by_s >= 1 ? t('recording.short', { s: Math.round(recording.short_by_s) }) : '',
  ].filter(Boolean);
  return (
    <>
      <audio
        ref={audio} controls preload="metadata" src={recordingOf(call.id)} aria-label={t('recording.title')}
        onTimeUpdate={(event) => { onTime(event.currentTarget.currentTime); }}
        onEnded={() => { onTime(null); }}
        onError={() => { fail(true); }}
      />
      <SegmentedControl
        size="xs" aria-label={t('recording.speed')} value={speed}
        data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
        onChange={(value) => {
          setSpeed(value);
          if (audio.current !== null) audio.current.playbackRate = Number(value);
        }}
      />
      <span className={style.notes}>{failed ? t('recording.failed') : notes.join(' · ')}</span>
    </>
  );
}
