import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { callBack } from '../api/read';
import type { Call, Offer, Turn } from '../api/types';
import { reason } from '../i18n';
import { Act } from './Act';
import { isAtHelpLine, ringingAt, talkingWith } from './facts';
import { clock, hour, share } from './format';
import { useFailure, useLanguageName, useWhyBack } from './words';
import style from './decisions.module.css';

/** The offer, where the caller is at the help line and how to get them back, what the self-service answered. */
export function HelpLine({ call }: { call: Call }) {
  if (call.offer === null && call.sent_at === null && call.turns.length === 0) return null;
  return (
    <section className={style.bar} data-testid="help-line">
      {call.offer !== null && <Offered offer={call.offer} />}
      {call.sent_at !== null && <Where call={call} sent={call.sent_at} />}
      {call.turns.length > 0 && <Turns turns={call.turns} />}
    </section>
  );
}

function Offered({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const said = offer.words !== '' && (offer.how === 'accepted' || offer.how === 'refused'); // else it is the service's reason
  return (
    <div className={style.fact}>
      {t('offer.made', { at: clock(offer.at), language: nameOf(offer.language) })}{' · '}
      <b>{t(`offer.${offer.how ?? 'running'}`)}</b>{said && <> «{offer.words}»</>}{offer.words !== '' && !said && <> ({reason(offer.words)})</>}
    </div>
  );
}

function Where({ call, sent }: { call: Call; sent: string }) {
  const { t } = useTranslation();
  const whyBack = useWhyBack();
  const sending = useMutation({ mutationFn: () => callBack(call.id) });
  const failure = useFailure(sending.error);
  const left = call.help_line_left !== null && call.help_line_left.at >= sent ? call.help_line_left : null;
  if (!isAtHelpLine(call)) {
    if (left === null) return call.served_at === null ? null : <div className={style.said}>{t('help_line.served', { at: clock(call.served_at) })}</div>;
    return <div className={style.said}>{t('help_line.left', { at: clock(left.at), why: whyBack(left.why) })}</div>;
  }
  return (
    <div className={style.where}>
      <div className={style.said}><b>{t('help_line.there', { at: clock(sent) })}</b> · <With call={call} /></div>
      <div className={style.acts}>
        {left === null
          ? <Act hotkey="KeyB" shown="B" busy={sending.isPending} onPress={() => { sending.mutate(); }}>{t('help_line.back')}</Act>
          : <span>{t('help_line.coming_back', { why: whyBack(left.why) })}</span>}
        {failure !== '' && <span role="status" className={style.failed}>{failure}</span>}
      </div>
    </div>
  );
}

/** Who or what is with the caller at the help line. */
function With({ call }: { call: Call }) {
  const { t } = useTranslation();
  const who = call.state === 'ringing' ? ringingAt(call).join(', ') : talkingWith(call);
  if (call.state === 'ringing' || call.state === 'talking') return <>{t(`state.${call.state}`, { who })}</>;
  return <>{call.state === 'waiting' ? t('help_line.waits') : t('help_line.robot')}</>;
}

function Turns({ turns }: { turns: readonly Turn[] }) {
  const { t, i18n } = useTranslation();
  return (
    <ol className={style.turns} aria-label={t('help_line.turns')} data-testid="turns">
      {turns.map((turn) => (
        <li key={turn.at}>
          <time className="tabular quiet">{hour(turn.at)}</time> «{turn.heard}» → {turn.topic ?? <i>{t('help_line.no_topic')}</i>}{' '}
          <span className="tabular quiet">{share(turn.score, i18n.language)}</span>
        </li>
      ))}
    </ol>
  );
}
