import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { callBack } from '../api/read';
import type { Call } from '../api/types';
import { sameList, useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { ringingAt, talkingWith } from '../line/facts';
import { phone, span } from '../line/format';
import { useFailure, useWhyBack } from '../line/words';
import { Key } from './Key';
import { sentAway } from './mine';
import style from './desk.module.css';

/** Callers whom this operator sent to the help line, for as long as they are there: one key takes the last one back. */
export function SentAway({ operator, except }: { operator: string; except: string | null }) {
  const calls = useFeed(({ line }) => sentAway(line?.calls.values() ?? [], operator), sameList);
  return calls.filter((call) => call.id !== except).map((call, index) => <Sent key={call.id} call={call} first={index === 0} />);
}

function Sent({ call, first }: { call: Call; first: boolean }) {
  const { t } = useTranslation();
  const whyBack = useWhyBack();
  const now = useNow();
  const sending = useMutation({ mutationFn: () => callBack(call.id) });
  const failure = useFailure(sending.error);
  const left = call.help_line_left !== null && call.help_line_left.at >= (call.sent_at ?? '') ? call.help_line_left : null;
  const who = call.state === 'ringing' ? ringingAt(call).join(', ') : talkingWith(call);
  const where = call.state === 'ringing' || call.state === 'talking' ? t(`state.${call.state}`, { who })
    : t(call.state === 'waiting' ? 'help_line.waits' : 'help_line.robot');
  return (
    <section className={style.box} data-testid="sent-away">
      <div><b className="tabular">{call.number === '' ? t('list.number_hidden') : phone(call.number)}</b></div>
      <div className={style.because}>
        {t('desk.sent')} <span className="tabular">{span((now - Date.parse(call.sent_at ?? '')) / 1000)}</span> · {where}
      </div>
      {left === null
        ? (
            <div className={style.acts}>
              <Key {...(first ? { hotkey: 'KeyB', shown: 'B' } : {})} busy={sending.isPending} onPress={() => { sending.mutate(); }}>{t('help_line.back')}</Key>
            </div>
          )
        : <div className={style.fate}>{t('help_line.coming_back', { why: whyBack(left.why) })}</div>}
      {failure !== '' && <div role="status" className={style.failed}>{failure}</div>}
    </section>
  );
}
