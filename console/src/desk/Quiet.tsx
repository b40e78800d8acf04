import { Kbd } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readToday, setDeskState } from '../api/desk';
import type { Desk } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { hour, span } from '../line/format';
import { useFailure } from '../line/words';
import { usePhone } from '../phone/phone';
import { Key } from './Key';
import { usePauseReason, useWhy } from './stateWords';
import style from './quiet.module.css';

/** No call: whether one can come and why not, today's own figures, the keys. */
export function Quiet({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const desk = useFeed(({ line }) => line?.desks.get(operator));
  return (
    <section className={style.quiet} data-testid="quiet" data-state={desk?.state}>
      {desk === undefined ? <p>{t('desk.not_told_desk')}</p> : <State desk={desk} />}
      <Today />
      <Keys />
    </section>
  );
}

function State({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const pause = usePauseReason();
  const why = useWhy();
  const now = useNow();
  const sending = useMutation({ mutationFn: () => setDeskState('ready') });
  const failure = useFailure(sending.error);
  const phone = usePhone();
  const untested = desk.phone === 'web' && phone.state !== 'off' && phone.microphone !== 'ok';
  const away = desk.state === 'paused' || desk.state === 'off';
  const whys = desk.why.filter((code) => code !== desk.state).map(why);
  return (
    <div className={style.state}>
      <h2>{desk.state === 'paused' ? pause(desk.reason) : t(`desk.state.${desk.state}`)}</h2>
      <p className="tabular">{t('desk.since', { at: hour(desk.since) })} · <b>{span((now - Date.parse(desk.since)) / 1000)}</b></p>
      {desk.unanswered_at !== null && <p data-testid="unanswered"><b>{t('desk.unanswered', { at: hour(desk.unanswered_at) })}</b></p>}
      <p data-testid="why">{whys.length > 0 ? whys.join(' · ') : away ? t('desk.no_calls') : t('desk.calls_come')}</p>
      {away && (
        <Key
          hotkey="KeyR" shown="R" look="main" busy={sending.isPending}
          onPress={() => { if (untested) phone.test(); else sending.mutate(); }}
        >
          {t(untested ? 'desk.test_first' : 'desk.be_ready')}
        </Key>
      )}
      {failure !== '' && <p role="status"><b>{failure}</b></p>}
    </div>
  );
}

function Today() {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['today'], queryFn: readToday, refetchInterval: 60_000 });
  const today = read.data;
  if (today === undefined) return null;
  const figures = [
    [t('desk.today_answered'), String(today.answered), 'desk.today_answered_help'],
    [t('desk.today_talked'), span(today.talked_s), 'desk.today_talked_help'],
    [t('desk.today_mean'), today.mean_talk_s === null ? '–' : span(today.mean_talk_s), 'desk.today_mean_help'],
    [t('desk.today_sent'), String(today.sent_to_help), 'desk.today_sent_help'],
  ] as const;
  return (
    <dl className={style.today} aria-label={t('desk.today')} data-testid="today">
      {figures.map(([name, value, help]) => (
        <div key={help} title={t(help, { at: hour(today.since) })}><dt>{name}</dt><dd className="tabular">{value}</dd></div>
      ))}
    </dl>
  );
}

const KEYS = [['F2', 'answer'], ['F3', 'hold'], ['F4', 'mute'], ['F6', 'transfer'], ['F8', 'flag_yes'], ['F9', 'flag_no']] as const;

function Keys() {
  const { t } = useTranslation();
  return (
    <dl className={style.keys}>
      {KEYS.map(([key, what]) => <div key={key}><dt><Kbd size="xs">{key}</Kbd></dt><dd>{t(`desk.help.${what}`)}</dd></div>)}
      <div><dt><Kbd size="xs">F1</Kbd></dt><dd>{t('desk.help.all')}</dd></div>
    </dl>
  );
}
