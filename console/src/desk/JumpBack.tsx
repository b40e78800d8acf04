import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lastSecondsOf } from '../api/desk';
import { recordingOf } from '../api/read';
import type { Call } from '../api/types';
import { isEnded } from '../line/facts';
import { Key } from './Key';
import style from './call.module.css';

const BACK_S = 30;

/** Hear the last half minute again, during the call and after it. The call itself goes on meanwhile. */
export function JumpBack({ call }: { call: Call }) {
  const { t } = useTranslation();
  const times = useRef(0);
  const [heard, hear] = useState<{ url: string; tail: boolean } | null>(null);
  const [failed, fail] = useState(false);
  const ended = isEnded(call);
  if (ended && call.recording?.playable !== true) return null;
  const jump = (): void => {
    times.current += 1;
    fail(false);
    // Of a finished recording its end, asked for anew each time too, so that a second press plays again.
    hear({ url: ended ? `${recordingOf(call.id)}#${String(times.current)}` : lastSecondsOf(call.id, BACK_S, times.current), tail: ended });
  };
  return (
    <>
      <Key hotkey="F7" shown="F7" onPress={jump} title={t('desk.jump_long')}>◀ {t('desk.jump', { s: BACK_S })}</Key>
      {heard !== null && (
        <span className={style.player} data-testid="jump-back">
          <audio
            key={heard.url} src={heard.url} controls autoPlay aria-label={t('desk.jump_long')}
            onLoadedMetadata={(event) => {
              const player = event.currentTarget;
              if (heard.tail) player.currentTime = Math.max(0, player.duration - BACK_S);
            }}
            onError={() => { fail(true); }}
          />
          {failed && <span role="status">{t('desk.jump_failed')}</span>}
          <Key hotkey="Escape" look="quiet" onPress={() => { hear(null); }} title={t('help.close')}>✕</Key>
        </span>
      )}
    </>
  );
}
