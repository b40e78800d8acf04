import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decideFlag } from '../api/read';
import type { Call, Flag as Raised } from '../api/types';
import { reason } from '../i18n';
import { mayDecide } from '../line/facts';
import { hour, share } from '../line/format';
import { useFailure, wordsOf } from '../line/words';
import { Key } from './Key';
import style from './desk.module.css';

/** Sent as they stand here, shown in the page's language. */
const REFUSALS = ['not a question', 'own event', 'needs a person', 'caller refuses', 'misheard'] as const;

/** A call that looks like a question, quietly: the words that caused it, one key for yes, one for no. */
export function Flag({ call, flag }: { call: Call; flag: Raised }) {
  const { t, i18n } = useTranslation();
  const said = wordsOf(flag.words);
  return (
    <section className={style.box} data-testid="flag" data-mode={flag.mode} aria-label={t('flag.title')}>
      <div>
        <span aria-hidden>○</span> <b>{t('label.INFORMATIONAL')}</b>{' '}
        <span className="tabular quiet" title={t('call.confidence', { value: share(flag.confidence, i18n.language) })}>{share(flag.confidence, i18n.language)}</span>
      </div>
      {said !== '' && <div className={style.because}>{t('desk.because')} {said}</div>}
      <Fate flag={flag} />
      {mayDecide(call) && <Choice call={call} />}
    </section>
  );
}

function Fate({ flag }: { flag: Raised }) {
  const { t } = useTranslation();
  const { decided } = flag;
  if (decided !== null) {
    const values = { who: decided.by, at: hour(decided.at), why: reason(decided.reason) };
    return <div className={style.fate}>{t(decided.accepted ? 'flag.accepted' : values.why === '' ? 'flag.refused' : 'flag.refused_why', values)}</div>;
  }
  if (flag.dropped !== null) return <div className={style.fate}>{t('flag.dropped', { why: flag.dropped.split('; ').map(reason).join(', ') })}</div>;
  return flag.mode === 'shadow' ? <div className={style.fate}>{t('flag.shadow')}</div> : null;
}

function Choice({ call }: { call: Call }) {
  const { t } = useTranslation();
  const [refusing, refuse] = useState(false);
  const sending = useMutation({
    mutationFn: (said: { accepted: boolean; why: string }) => decideFlag(call.id, said.accepted, said.why),
  });
  const failure = useFailure(sending.error);
  return (
    <>
      {refusing ? (
        <div className={style.choices} data-keys-first role="group" aria-label={t('flag.why')}>
          <span>{t('flag.why')}</span>
          {REFUSALS.map((why, index) => (
            <Key key={why} hotkey={`Digit${String(index + 1)}`} shown={String(index + 1)} busy={sending.isPending} onPress={() => { sending.mutate({ accepted: false, why }); }}>
              {t(`reason.${why}`)}
            </Key>
          ))}
          <Key hotkey="Escape" shown="Esc" onPress={() => { refuse(false); }}>{t('flag.cancel')}</Key>
        </div>
      ) : (
        <div className={style.acts}>
          <Key hotkey="F8" shown="F8" busy={sending.isPending} onPress={() => { sending.mutate({ accepted: true, why: '' }); }}>{t('flag.accept')}</Key>
          <Key hotkey="F9" shown="F9" busy={sending.isPending} onPress={() => { refuse(true); }}>{t('flag.refuse')}</Key>
        </div>
      )}
      {failure !== '' && <div role="status" className={style.failed}>{failure}</div>}
    </>
  );
}
