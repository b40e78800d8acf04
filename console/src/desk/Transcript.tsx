import { type RefObject, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { evidenceOf, isEnded, rowsOf } from '../line/facts';
import { type Marked, MissedRow, WordsRow } from '../line/Words';
import { usePhone } from '../phone/phone';
import { QualityFigure } from '../phone/QualityFigure';
import style from './call.module.css';

const NEAR_END_PX = 32;
interface Props { call: Call; asked: string; box: RefObject<HTMLDivElement | null>; nothing: string; operator: string }

/** Two lanes in one order of time. New lines arrive below; who has scrolled up is left where they are, with a way back. */
export function Transcript({ call, asked, box, nothing, operator }: Props) {
  const { t } = useTranslation();
  const [atEnd, setAtEnd] = useState(true);
  const rows = rowsOf(call);
  const marked = useMarked(call, asked);
  useLayoutEffect(() => {
    if (atEnd) box.current?.scrollTo({ top: box.current.scrollHeight });
  });
  useEffect(() => { // a panel beneath opens: what was last said stays in sight
    const el = box.current;
    if (el === null || !atEnd) return;
    const watch = new ResizeObserver(() => { el.scrollTo({ top: el.scrollHeight }); });
    watch.observe(el);
    return () => { watch.disconnect(); };
  }, [atEnd, box]);
  const scrolled = (): void => {
    const el = box.current;
    if (el !== null) setAtEnd(el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END_PX);
  };
  return (
    <div className={style.transcript}>
      <Lanes operator={operator} />
      <div className={style.rows} ref={box} onScroll={scrolled} role="log" aria-live="off" aria-label={t('desk.words')} tabIndex={0} data-testid="transcript">
        {rows.length === 0 && <p className={style.nothing}>{nothing}</p>}
        {rows.map((row) => row.kind === 'missed'
          ? <MissedRow key={row.key} stretch={row.stretch} />
          : <WordsRow key={row.key} segment={row.segment} revisedBy={call.revised_by} marked={marked} playing={false} onJump={null} />)}
      </div>
      {!atEnd && !isEnded(call) && (
        <button type="button" className={style.chip} onClick={() => { setAtEnd(true); }}>{t('call.live_below')} ↓</button>
      )}
    </div>
  );
}

/** Above the lanes there is always room for what is the matter with each side: nothing moves when a call is held. */
function Lanes({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const told = useFeed(({ line }) => line?.desks.get(operator)?.on_hold ?? false);
  const { call } = usePhone();
  const held = call === null ? told : call.phase === 'held';
  return (
    <div className={style.lanes}>
      <span />
      <span className={style.beside}>{t('call.caller')}{held && <b className={style.held} role="status">‖ {t('desk.held')}</b>}</span>
      <span className={style.beside}>
        {t('call.operator')}{call?.muted === true && <b className={style.held} role="status">⊘ {t('desk.muted')}</b>}<QualityFigure />
      </span>
    </div>
  );
}

/** The same for as long as nothing of it changes, so that rows are not drawn again for another row's words. */
function useMarked({ urgent_words, assessment, flag, places }: Call, asked: string): Marked {
  return useMemo(() => ({
    evidence: evidenceOf({ urgent_words, assessment, flag }), places: places.map((place) => place.words), asked,
  }), [urgent_words, assessment, flag, places, asked]);
}
