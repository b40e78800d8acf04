import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import type { Chosen } from './chosen';
import { evidenceOf, isEnded, rowsOf } from './facts';
import { type Marked, MissedRow, WordsRow } from './Words';
import style from './call.module.css';

const NEAR_END_PX = 32;

interface Props { call: Call; chosen: Chosen; heard_s: number | null; onJump: ((to_s: number) => void) | null }

/** Two lanes in one order of time. New lines arrive below; who has scrolled up is left where they are. */
export function Transcript({ call, chosen, heard_s, onJump }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(!isEnded(call));
  const rows = rowsOf(call);
  const { urgent_words, assessment, flag } = call;
  const marked: Marked = useMemo(
    () => ({ evidence: evidenceOf({ urgent_words, assessment, flag }), places: [], asked: '' }), [urgent_words, assessment, flag],
  );
  const toEnd = (): void => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (atEnd) toEnd();
  });
  const scrolled = (): void => {
    const el = box.current;
    if (el !== null) setAtEnd(el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END_PX && !isEnded(call));
  };
  return (
    <div className={style.transcript}>
      <div className={style.lanes}>
        <span /><span>{t('call.caller')}</span>
        <span className={style.last}>
          {t('call.operator')}
          {chosen.following
            ? <i>{t('call.following')}</i>
            : <button type="button" className={style.follow} onClick={chosen.follow}>{t('call.follow')} · Esc</button>}
        </span>
      </div>
      <div className={style.rows} ref={box} onScroll={scrolled} role="log" aria-live="off" tabIndex={-1} data-testid="transcript">
        {rows.length === 0 && <p className={style.nothing}>{isEnded(call) ? t('call.no_words_ended') : t('call.no_words')}</p>}
        {rows.map((row) => row.kind === 'missed'
          ? <MissedRow key={row.key} stretch={row.stretch} />
          : <WordsRow
              key={row.key} segment={row.segment} revisedBy={call.revised_by} marked={marked} onJump={onJump}
              playing={heard_s !== null && heard_s >= row.segment.start_s && heard_s < row.segment.end_s}
            />)}
      </div>
      {!atEnd && !isEnded(call) && (
        <button type="button" className={style.chip} onClick={() => { setAtEnd(true); toEnd(); }}>{t('call.live_below')} ↓</button>
      )}
    </div>
  );
}
