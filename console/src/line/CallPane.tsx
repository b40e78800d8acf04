import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, readCall } from '../api/read';
import type { Call } from '../api/types';
import { useNow } from '../feed/now';
import type { Line } from '../feed/reducer';
import { Mark } from '../parts/Mark';
import type { Chosen } from './chosen';
import { CategoryChoice } from './CategoryChoice';
import { Course } from './Course';
import { CoverageBars } from './CoverageBars';
import { Decisions } from './Decisions';
import { isDeferred, isEnded, isTalking, isWaiting, languageOf, talkingWith, urgencyOf } from './facts';
import { phone, span } from './format';
import { LanguageChoice } from './LanguageChoice';
import { Player } from './Player';
import { Transcript } from './Transcript';
import { useLanguageName } from './words';
import style from './call.module.css';

/** The middle: the chosen call from the live picture, else from the ledger. */
export function CallPane({ line, chosen }: { line: Line; chosen: Chosen }) {
  const live = chosen.id === null ? undefined : line.calls.get(chosen.id);
  const wanted = live === undefined && chosen.id !== null ? chosen.id : null;
  const read = useQuery({
    queryKey: ['call', wanted],
    queryFn: () => readCall(wanted ?? ''),
    enabled: wanted !== null,
    refetchInterval: (query) => (query.state.status === 'error' && !isGone(query.state.error) ? 5000 : false),
  });
  const call = live ?? (wanted === null ? undefined : read.data);
  return (
    <section className={style.pane} data-testid="call">
      {call === undefined
        ? <Absent chosen={chosen} failure={wanted !== null && read.isError ? read.error : null} loading={wanted !== null && read.isPending} />
        : <CallView key={call.id} call={call} line={line} chosen={chosen} />}
    </section>
  );
}

const isGone = (failure: unknown): boolean => failure instanceof ApiFailure && failure.status === 404;

function Absent({ chosen, failure, loading }: { chosen: Chosen; failure: Error | null; loading: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={style.absent}>
      {loading && <p>{t('call.loading')}</p>}
      {failure !== null && <p role="status">{isGone(failure) ? t('call.not_found') : t('call.failed')}</p>}
      {!loading && failure === null && <><p>{t('call.none_long')}</p><p>{t('call.none')}</p></>}
      {!chosen.following && <Button variant="default" size="compact-sm" onClick={chosen.follow}>{t('call.follow')} (Esc)</Button>}
    </div>
  );
}

function CallView({ call, line, chosen }: { call: Call; line: Line; chosen: Chosen }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [heard_s, hear] = useState<number | null>(null);
  const jump = useCallback((to_s: number): void => {
    if (audio.current === null) return;
    audio.current.currentTime = to_s;
    void audio.current.play();
  }, []);
  const playable = call.recording?.playable ?? false;
  const armed = useArmed(!chosen.following);
  return (
    <div className={style.call} data-armed={armed || undefined}>
      <Head call={call} />
      {!isEnded(call) && line.languages.length > 1 && <LanguageChoice call={call} languages={line.languages} />}
      <Course call={call} />
      <Decisions call={call} shadowShown={line.flags === 'shadow_shown'} />
      <Transcript call={call} chosen={chosen} heard_s={heard_s} onJump={playable ? jump : null} />
      {isEnded(call) && <CoverageBars call={call} />}
      {isEnded(call) && <Player call={call} audio={audio} onTime={hear} />}
      <CategoryChoice call={call} />
    </div>
  );
}

const ARMED_AFTER_MS = 700;

/** A call that came up by itself takes no keys at first: a key meant for the one before must not decide about it. */
function useArmed(atOnce: boolean): boolean {
  const [armed, arm] = useState(atOnce);
  useEffect(() => {
    const timer = setTimeout(() => { arm(true); }, ARMED_AFTER_MS);
    return () => { clearTimeout(timer); };
  }, []);
  return armed;
}

function Head({ call }: { call: Call }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const language = nameOf(languageOf(call));
  const outcome = call.outcome;
  return (
    <header className={style.head}>
      <Mark urgency={urgencyOf(call)} waiting={isWaiting(call)} />
      <h2 className="tabular">{call.number === '' ? t('list.number_hidden') : phone(call.number)}</h2>
      {isEnded(call) && language !== '' && <span className="quiet">{language}</span>}
      {isEnded(call) && call.language !== null && <span className="quiet">{t('speech.chosen', { language: nameOf(call.language) })}</span>}
      <Spans call={call} />
      {isDeferred(call) && <span className="quiet" title={t('call.deferred_long')}>{t('call.deferred')}</span>}
      {outcome !== null && <b>{t(`outcome.${outcome}`, { who: call.answers[0]?.operator ?? '' })}</b>}
    </header>
  );
}

function Spans({ call }: { call: Call }) {
  const { t } = useTranslation();
  const now = useNow();
  const first = call.answers[0];
  const waited = first === undefined && !isEnded(call) ? (now - Date.parse(call.offered_at)) / 1000 : call.waited_s;
  const talked = call.answers.reduce((sum, a) => sum + (Date.parse(a.ended_at ?? call.ended_at ?? '') || now) - Date.parse(a.at), 0) / 1000;
  return (
    <span className="tabular">
      {first === undefined && !isEnded(call) ? t('call.waits') : t('call.waited')} <b>{span(waited)}</b>
      {first !== undefined && <> · {isTalking(call) ? t('state.talking', { who: talkingWith(call) }) : t('call.talked')} <b>{span(talked)}</b></>}
    </span>
  );
}
