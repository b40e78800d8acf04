import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/read';
import { readWallboard, type Wallboard, type WallWindow, type Within } from '../api/wallboard';
import { duration, hour } from '../line/format';
import style from './wallboard.module.css';

const EVERY_MS = 5000; // the figures change with the clock as much as with calls, so they are read again, not told
const WINDOWS = ['now', 'hour', 'today'] as const;

/** Service level against the targets, and the day's counts. */
export function Levels() {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['wallboard'], queryFn: readWallboard, refetchInterval: EVERY_MS, staleTime: 0 });
  const denied = read.error instanceof ApiFailure && read.error.status === 403;
  if (read.data === undefined) {
    return (
      <section className={style.column} aria-busy={!read.isError}>
        <h2>{t('wallboard.level')}</h2>
        <p className={style.empty} role="status">{denied ? t('wallboard.denied') : read.isError ? t('wallboard.failed') : t('wallboard.loading')}</p>
      </section>
    );
  }
  return (
    <section className={style.column} data-stale={read.isError || undefined} data-testid="wall-levels" aria-label={t('wallboard.level')}>
      <h2 title={t('wallboard.level_help', { s: read.data.short_s })}>{t('wallboard.level')}</h2>
      {read.isError && <p className={style.warn} role="status">{t('wallboard.stale', { at: hour(read.dataUpdatedAt) })}</p>}
      {!read.data.whole && <p className={style.warn} role="status">{t('wallboard.not_whole')}</p>}
      {WINDOWS.map((name) => <Level key={name} name={name} window={read.data[name]} />)}
      <Today board={read.data} />
    </section>
  );
}

function Level({ name, window }: { name: (typeof WINDOWS)[number]; window: WallWindow }) {
  const { t } = useTranslation();
  return (
    <div className={style.level} data-testid={`level-${name}`}>
      <h3>{t(`wallboard.${name}`, { at: hour(window.began) })}</h3>
      {window.within.map((each) => <Bar key={each.within_s} each={each} />)}
      {window.gaps.length > 0 && <p className={style.warn}>{t('wallboard.gap', { from: hour(window.gaps[0]?.began ?? ''), to: hour(window.gaps.at(-1)?.ended ?? '') })}</p>}
    </div>
  );
}

function Bar({ each }: { each: Within }) {
  const { t } = useTranslation();
  const missed = each.share !== null && each.share < each.target;
  const whole = each.share === null ? '—' : `${String(Math.floor(each.share * 100))}\u00a0%`;
  const target = `${String(Math.round(each.target * 100))}\u00a0%`;
  return (
    <div className={style.bar} title={t('wallboard.bar_help', { s: each.within_s, answered: each.answered, of: each.of, target })}>
      <span className={style.limit}>≤ {each.within_s} {t('coverage.seconds')}</span>
      <span className={style.track} aria-hidden>
        <span className={style.fill} data-missed={missed || undefined} style={{ width: `${String((each.share ?? 0) * 100)}%` }} />
        <span className={style.target} style={{ left: `${String(each.target * 100)}%` }} />
      </span>
      <b className="tabular" data-missed={missed || undefined}>{missed && <span aria-hidden>!</span>}{whole}</b>
      <span className={`${style.goal ?? ''} tabular`}>{t('wallboard.target', { target })}</span>
    </div>
  );
}

function Today({ board }: { board: Wallboard }) {
  const { t, i18n } = useTranslation();
  const { today } = board;
  const mean = today.mean_wait_s;
  const late = mean !== null && mean > board.target_mean_wait_s;
  const seconds = (value: number): string => duration(value, i18n.language, t('coverage.seconds'));
  return (
    <dl className={style.counts} data-testid="wall-today">
      <div><dt>{t('wallboard.offered')}</dt><dd>{today.offered}</dd></div>
      <div><dt>{t('wallboard.answered')}</dt><dd>{today.answered}</dd></div>
      <div title={t('wallboard.short_help', { s: board.short_s })}>
        <dt>{t('wallboard.abandoned')}</dt><dd>{today.abandoned}<small> +{today.short} {t('wallboard.short')}</small></dd>
      </div>
      <div><dt>{t('wallboard.deflected')}</dt><dd>{today.deflected}</dd></div>
      <div><dt>{t('wallboard.mean', { s: seconds(board.target_mean_wait_s) })}</dt><dd data-missed={late || undefined}>{mean === null ? '—' : seconds(mean)}</dd></div>
      <div><dt>{t('wallboard.longest')}</dt><dd>{seconds(today.longest_wait_s)}</dd></div>
    </dl>
  );
}
