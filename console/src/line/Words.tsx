import { Tooltip } from '@mantine/core';
import { memo, type RefObject, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Evidence, Segment, Stretch } from '../api/types';
import { reason } from '../i18n';
import { LOW_CONFIDENCE } from './facts';
import { share, span } from './format';
import { type Piece, piecesOf } from './pieces';
import style from './call.module.css';

/** What is marked in the words. `asked`: what is searched for, '' for nothing. */
export interface Marked { evidence: readonly Evidence[]; places: readonly string[]; asked: string }
interface Props {
  segment: Segment; revisedBy: string | null; marked: Marked; playing: boolean; onJump: ((to_s: number) => void) | null;
}

/** One stretch of speech of one side. Drawn again only when it is another one: a call has hundreds. */
export const WordsRow = memo(function WordsRow({ segment, revisedBy, marked, playing, onJump }: Props) {
  const { t } = useTranslation();
  return (
    <div className={style.line} data-side={segment.side} data-playing={playing || undefined}>
      {onJump === null
        ? <span className={`${style.at ?? ''} tabular`}>{span(segment.start_s)}</span>
        : <button type="button" className={`${style.at ?? ''} tabular`} title={t('recording.jump', { at: span(segment.start_s) })} onClick={() => { onJump(segment.start_s); }}>{span(segment.start_s)}</button>}
      <div className={style.said}>
        <span className="visually-hidden">{t(`call.${segment.side}`)}: </span>
        {segment.suppressed === null
          ? <Words segment={segment} revisedBy={revisedBy} marked={marked} />
          : <Suppressed segment={segment} why={segment.suppressed} />}
      </div>
    </div>
  );
});

const NO_EVIDENCE: readonly Evidence[] = [];

function Words({ segment, revisedBy, marked }: Pick<Props, 'segment' | 'revisedBy' | 'marked'>) {
  const { t, i18n } = useTranslation();
  const box = useKeptHeight(!segment.final);
  const confidence = t('call.confidence', { value: share(segment.confidence, i18n.language) });
  const low = segment.final && segment.confidence < LOW_CONFIDENCE;
  const again = revisedBy !== null && segment.model === revisedBy ? t('call.second_pass') : '';
  const notes = [low ? confidence : '', again || (segment.heard === 'recording' ? t('call.from_recording') : '')].filter(Boolean);
  const detail = [confidence, segment.model, t('call.revision', { n: segment.revision }), again].filter(Boolean).join(' · ');
  const caller = segment.side === 'caller';
  return (
    <p
      ref={box} className={style.words} lang={segment.language || undefined} data-partial={!segment.final || undefined}
      data-low={low || undefined} title={low ? `${t('call.check')} · ${detail}` : detail}
    >
      {piecesOf(segment, caller ? marked.evidence : NO_EVIDENCE, caller ? marked.places : [], marked.asked).map((piece, index) => <PieceWords key={index} piece={piece} />)}
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
  const faint = piece.tail ? style.tail : undefined;
  const plain = piece.label !== null ? <mark className={faint} title={t('call.evidence')}>{piece.text}</mark>
    : piece.place ? <span className={`${style.place ?? ''} ${faint ?? ''}`} title={t('places.title')} data-place>{piece.text}</span>
    : <span className={faint}>{piece.text}</span>;
  const words = piece.found ? <span className={style.found} data-found>{plain}</span> : plain;
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

export const MissedRow = memo(function MissedRow({ stretch }: { stretch: Stretch }) {
  const { t } = useTranslation();
  return (
    <div className={style.line} data-side={stretch.side} data-testid="missed" data-state={stretch.state}>
      <span className={`${style.at ?? ''} tabular`}>{span(stretch.start_s)}</span>
      <div className={style.missed}>
        <span>{t(`missed.${stretch.state}`, { s: Math.max(1, Math.round(stretch.end_s - stretch.start_s)) })} · {reason(stretch.reason)}</span>
      </div>
    </div>
  );
});
