import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, Segment, Stretch } from '../api/types';
import { reason } from '../i18n';
import type { Chosen } from './chosen';
import { isEnded, LOW_CONFIDENCE, rowsOf, underlined } from './facts';
import { share, span } from './format';
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
  const value = share(segment.confidence, i18n.language);
  const low = segment.final && segment.confidence < LOW_CONFIDENCE;
  const evidence = segment.side === 'caller' ? (call.assessment?.evidence ?? []) : [];
  return (
    <p
      className={style.words} lang={segment.language || undefined} data-partial={!segment.final || undefined} data-low={low || undefined}
      title={low ? t('call.low_confidence', { value }) : `${t('call.confidence', { value })} · ${segment.model}`}
    >
      {underlined(segment.text, evidence).map((piece, index) => piece.label === null
        ? <span key={index}>{piece.text}</span>
        : <mark key={index} title={t('call.evidence')}>{piece.text}</mark>)}
      {!segment.final && <span aria-label={t('call.partial')}> …</span>}
      {segment.heard === 'recording' && <small> {t('call.from_recording')}</small>}
    </p>
  );
}

function Suppressed({ segment, why }: { segment: Segment; why: string }) {
  const { t } = useTranslation();
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
      <div className={style.missed} title={reason(stretch.reason)}>
        <span>{t(`missed.${stretch.state}`, { s: Math.round(stretch.end_s - stretch.start_s) })}</span>
      </div>
    </div>
  );
}
