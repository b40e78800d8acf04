import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { isEnded, isWaiting, languageOf, urgencyOf } from '../line/facts';
import { phone as written, span } from '../line/format';
import { LanguageChoice } from '../line/LanguageChoice';
import { useLanguageName, useUrgentWords } from '../line/words';
import { Mark } from '../parts/Mark';
import { usePhone } from '../phone/phone';
import { QualityFigure } from '../phone/QualityFigure';
import { JumpBack } from './JumpBack';
import { Key } from './Key';
import { spansOf } from './mine';
import { Search } from './Search';
import { Transcript } from './Transcript';
import { useDeskCall } from './useDeskCall';
import style from './call.module.css';

/** The call: who, since when, in which language, and the words of both sides. Ringing, talking and afterwards in one place. */
export function CallArea({ callId, operator, ringing }: { callId: string | null; operator: string; ringing: boolean }) {
  const call = useDeskCall(callId);
  return (
    <section className={style.area} data-testid="call" data-ringing={ringing || undefined}>
      {ringing && <Ringing operator={operator} />}
      {call === undefined ? <Unknown ringing={ringing} /> : <Known key={call.id} call={call} ringing={ringing} operator={operator} />}
    </section>
  );
}

function Ringing({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const there = useFeed(({ line }) => line?.desks.get(operator)?.phone ?? 'web');
  return (
    <div className={style.ringing} role="status">
      <b><span aria-hidden>◔</span> {t('desk.rings')}</b>
      {phone.call !== null
        ? <Key hotkey="F2" shown="F2" look="main" onPress={phone.answer}>{t('desk.answer')}</Key>
        : <span>{t(there === 'desk' ? 'desk.answer_there' : 'desk.rings_elsewhere')}</span>}
    </div>
  );
}

/** The phone rang before the line told of the call, or the PBX did not say which it is. */
function Unknown({ ringing }: { ringing: boolean }) {
  const { t } = useTranslation();
  const from = usePhone().call?.from ?? '';
  return (
    <>
      <header className={style.head}>
        <h2 className="tabular">{from === '' ? t('list.number_hidden') : written(from)}</h2>
        <span className={style.space} />
        <QualityFigure />
      </header>
      <p className={style.nothing}>{t(ringing ? 'desk.not_told' : 'desk.not_told_talking')}</p>
    </>
  );
}

function Known({ call, ringing, operator }: { call: Call; ringing: boolean; operator: string }) {
  const { t } = useTranslation();
  const languages = useFeed(({ line }) => line?.languages ?? NONE);
  const [asked, ask] = useState('');
  const box = useRef<HTMLDivElement>(null);
  return (
    <>
      <Head call={call} />
      <Urgent call={call} />
      <div className={style.tools}>
        {!isEnded(call) && languages.length > 1 && <LanguageChoice call={call} languages={languages} />}
        <span className={style.space} />
        {!ringing && <JumpBack call={call} />}
        <Search asked={asked} ask={ask} box={box} />
      </div>
      <Transcript call={call} asked={asked} box={box} nothing={t(isEnded(call) ? 'call.no_words_ended' : 'call.no_words')} operator={operator} />
    </>
  );
}

const NONE: readonly string[] = [];

function Head({ call }: { call: Call }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  return (
    <header className={style.head}>
      <Mark urgency={urgencyOf(call)} waiting={isWaiting(call)} />
      <h2 className="tabular" data-testid="number">{call.number === '' ? t('list.number_hidden') : written(call.number)}</h2>
      {languageOf(call) !== '' && <span className={style.language}>{nameOf(languageOf(call))}</span>}
      <Spans call={call} />
    </header>
  );
}

function Spans({ call }: { call: Call }) {
  const { t } = useTranslation();
  const { waited_s, talked_s } = spansOf(call, useNow());
  return (
    <span className={`${style.spans ?? ''} tabular`}>
      {t(talked_s === null && !isEnded(call) ? 'call.waits' : 'call.waited')} <b data-testid="waited">{span(waited_s)}</b>
      {talked_s !== null && <> · {t(isEnded(call) ? 'desk.talked' : 'desk.talks')} <b data-testid="talked">{span(talked_s)}</b></>}
    </span>
  );
}

function Urgent({ call }: { call: Call }) {
  const { t } = useTranslation();
  const words = useUrgentWords(call);
  if (words === '') return null;
  const urgency = urgencyOf(call);
  return (
    <div className={style.urgent} data-red={isWaiting(call) || undefined} data-testid="urgent">
      <Mark urgency={urgency} waiting={isWaiting(call)} /> <b>{t(`mark.${urgency}`)}</b> · {words}
    </div>
  );
}
