import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { changeMode, readModes } from '../api/read';
import type { Desk, DeskState, LanguageMode } from '../api/types';
import { usePauseReason } from '../desk/stateWords';
import { sameList, useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { urgencyOf } from '../line/facts';
import { clock, span } from '../line/format';
import { useFailure } from '../line/words';
import { Lights } from '../parts/Lights';
import { Mark } from '../parts/Mark';
import { OFF } from '../parts/ModesSheet';
import { mayDo, useSession } from '../session/session';
import style from './wallboard.module.css';

const ORDER: readonly DeskState[] = ['ringing', 'talking', 'wrap_up', 'ready', 'paused', 'off'];
const SHAPES: Record<DeskState, string> = { ringing: '◍', talking: '●', wrap_up: '✎', ready: '○', paused: '‖', off: '–' };
const NAMES: Record<string, string> = { ru: 'Русский', kk: 'Қазақша' };

/** Who is there and why not, what works, what may be sent away. */
export function Seats() {
  const { t } = useTranslation();
  const desks = useFeed(({ line }) => [...(line?.desks.values() ?? [])].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.operator.localeCompare(b.operator)), sameList);
  return (
    <section className={style.column} aria-label={t('wallboard.operators')}>
      <h2>{t('wallboard.operators')} <b className="tabular">{desks.filter((desk) => desk.state !== 'off').length}</b></h2>
      {desks.length === 0 && <p className={style.empty}>{t('wallboard.operators_empty')}</p>}
      <ul className={style.seats} data-testid="wall-seats">{desks.map((desk) => <Seat key={desk.operator} desk={desk} />)}</ul>
      <h2>{t('wallboard.health')}</h2>
      <div className={style.lamps}><Lights /></div>
      <Pressure />
      <h2>{t('modes.title')}</h2>
      <Modes />
    </section>
  );
}

function Seat({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const paused = usePauseReason();
  const now = useNow();
  const call = useFeed(({ line }) => (desk.call_id === null ? undefined : line?.calls.get(desk.call_id)));
  const state = desk.state === 'paused' ? paused(desk.reason) : t(`desk.state.${desk.state}`);
  const away = desk.state !== 'off' && !desk.phone_there;
  return (
    <li className={style.seat} data-state={desk.state} data-testid={`seat-${desk.operator}`}>
      <span aria-hidden>{SHAPES[desk.state]}</span>
      <b>{desk.name}</b>
      <span className={style.state}>
        {call !== undefined && <Mark urgency={urgencyOf(call)} waiting={false} />}{state}
        {away && <em> · {t('desk.why.phone_away')}</em>}
      </span>
      {desk.state !== 'off' && <time className="tabular">{span((now - Date.parse(desk.since)) / 1000)}</time>}
    </li>
  );
}

function Pressure() {
  const { t } = useTranslation();
  const load = useFeed(({ line }) => line?.recognition ?? null);
  if (load === null) return <p className="quiet">{t('wallboard.load_unknown')}</p>;
  return (
    <p className={load.level > 0 ? style.warn : 'quiet'} data-testid="wall-load">
      {load.level === 0 ? t('wallboard.load_none') : t('wallboard.load', { level: load.level, since: clock(load.since) })}
    </p>
  );
}

function Modes() {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['modes'], queryFn: readModes, refetchInterval: 5000, staleTime: 0 });
  if (read.data === undefined) return <p className="quiet" role="status">{read.isError ? t('modes.failed') : t('modes.loading')}</p>;
  return <ul className={style.modes}>{read.data.map((row) => <ModeRow key={row.language} row={row} />)}</ul>;
}

function ModeRow({ row }: { row: LanguageMode }) {
  const { t } = useTranslation();
  const may = mayDo(useSession(), 'supervisor');
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: () => changeMode(row.language, 'shadow', OFF),
    onSettled: () => queries.invalidateQueries({ queryKey: ['modes'] }),
  });
  const failure = useFailure(sending.error);
  return (
    <li data-testid={`wall-mode-${row.language}`} data-mode={row.mode}>
      <b>{NAMES[row.language] ?? row.language}</b> <span>{t(`modes.${row.mode}`)}</span>
      {row.mode !== 'shadow' && may && (
        <Button variant="default" size="compact-md" disabled={sending.isPending} onClick={() => { sending.mutate(); }}>{t('wallboard.off')}</Button>
      )}
      {failure !== '' && <span role="status">{failure}</span>}
    </li>
  );
}
