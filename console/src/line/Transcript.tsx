import { Tooltip } from '@mantine/core';
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, Segment, Stretch } from '../api/types';
import { reason } from '../i18n';
import type { Chosen } from './chosen';
import { evidenceOf, isEnded, LOW_CONFIDENCE, rowsOf } from './facts';
import { share, span } from './format';
import { type Piece, piecesOf } from './pieces';
import style from './call.module.css';

const NEAR_END_PX = 32;

interface Props { call: Call; chosen: Chosen; heard_s: number | null; onJump: ((to_s: number) => void) | null }

/** Two lanes in one order of time. New lines arrive below; who has scrolled up is left where they are. */
export function Transcript({ call, chosen, heard_s, onJump }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(!isEnded(call));
  const rows = rowsOf(call);
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
          : <WordsRow key={row.key} call={call} segment={row.segment} heard_s={heard_s} onJump={onJump} />)}
      </div>
      {!atEnd && !isEnded(call) && (
        <button type="button" className={style.chip} onClick={() => { setAtEnd(true); toEnd(); }}>{t('call.live_below')} ↓</button>
      )}
    </div>
  );
}

function WordsRow({ call, segment, heard_s, onJump }: Omit<Props, 'chosen'> & { segment: Segment }) {
  const { t } = useTranslation();
  const playing = heard_s !== null && heard_s >= segment.start_s && heard_s < segment.end_s;
  return (
    <div className={style.line} data-side={segment.side} data-playing={playing || undefined}>
      {onJump === null
        ? <span className={`${style.at ?? ''} tabular`}>{span(segment.start_s)}</span>
        : <button type="button" className={`${style.at ?? ''} tabular`} title={t('recording.jump', { at: span(segment.start_s) })} onClick={() => { onJump(segment.start_s); }}>{span(segment.start_s)}</button>}
      <div className={style.said}>
        <span className="visually-hidden">{t(`call.${segment.side}`)}: </span>
        {segment.suppressed === null ? <Words call={call} segment={segment} /> : <Suppressed segment={segment} why={segment.suppressed} />}
      </div>
    </div>
  );
}

function Words({ call, segment }: { call: Call; segment: Segment }) {
  const { t, i18n } = useTranslation();
  const box = useKeptHeight(!segment.final);
  const confidence = t('call.confidence', { value: share(segment.confidence, i18n.language) });
  const low = segment.final && segment.confidence < LOW_CONFIDENCE;
  const again = call.revised_by !== null && segment.model === call.revised_by ? t('call.second_pass') : '';
  const notes = [low ? confidence : '', again || (segment.heard === 'recording' ? t('call.from_recording') : '')].filter(Boolean);
  const detail = [confidence, segment.model, t('call.revision', { n: segment.revision }), again].filter(Boolean).join(' · ');
  const evidence = segment.side === 'caller' ? evidenceOf(call) : [];
  return (
    <p
      ref={box} className={style.words} lang={segment.language || undefined} data-partial={!segment.final || undefined}
      data-low={low || undefined} title={low ? `${t('call.check')} · ${detail}` : detail}
    >
      {piecesOf(segment, evidence).map((piece, index) => <PieceWords key={index} piece={piece} />)}
      {!segment.final && <span className={style.tail} aria-label={t('call.partial')}> …</span>}
      {notes.length > 0 && <small> {notes.join(' · ')}</small>}
    </p>
  );
}

/** What grows and is rewritten takes no room back before it is final: nothing beneath it jumps. */
function useKeptHeight(partial: boolean): RefObject<HTMLParagraphElement | null> {
  const box = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    if (box.current !== null) box.current.style.minHeight = partial ? `${String(box.current.offsetHeight)}px` : '';
  });
  return box;
}

function PieceWords({ piece }: { piece: Piece }) {
  const { t } = useTranslation();
  const words = piece.label === null
    ? <span className={piece.tail ? style.tail : undefined}>{piece.text}</span>
    : <mark className={piece.tail ? style.tail : undefined} title={t('call.evidence')}>{piece.text}</mark>;
  if (piece.heard === null) return words;
  return (
    <Tooltip label={t('call.heard_as', { words: piece.heard })} events={{ hover: true, focus: true, touch: false }}>
      <span className={style.corrected} tabIndex={0} data-testid="corrected">{words}</span>
    </Tooltip>
  );
}

function Suppressed({ segment, why }: { segment: Segment; why: string }) {
  const { t } = useTranslation();
  if (segment.text === '') return <span className={style.suppressed}>{reason(why)}</span>;
  return (
    <details className={style.suppressed}>
      <summary>{t('suppressed.folded', { why: reason(why) })}</summary>
      <s>{segment.text}</s>
    </details>
  );
}

function MissedRow({ stretch }: { stretch: Stretch }) {
  const { t } = useTranslation();
  return (
    <div className={style.line} data-side={stretch.side} data-testid="missed" data-state={stretch.state}>
      <span className={`${style.at ?? ''} tabular`}>{span(stretch.start_s)}</span>
      <div className={style.missed}>
        <span>{t(`missed.${stretch.state}`, { s: Math.max(1, Math.round(stretch.end_s - stretch.start_s)) })} · {reason(stretch.reason)}</span>
      </div>
    </div>
  );
}
