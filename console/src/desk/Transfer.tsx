import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sendTo } from '../api/desk';
import type { Desk } from '../api/types';
import { sameList, useFeed } from '../feed/FeedProvider';
import { useFailure } from '../line/words';
import { usePhone } from '../phone/phone';
import { Key } from './Key';
import { PLACES } from './targets';
import style from './desk.module.css';

interface Props { operator: string; callId: string | null; done: () => void }

/** Where to: the digit sends. F6 once more: to speak there first. */
export function Transfer({ operator, callId, done }: Props) {
  const { t } = useTranslation();
  const phone = usePhone();
  const [first, speakFirst] = useState(false);
  const sending = useMutation({ mutationFn: (to: string) => sendTo(callId ?? '', to), onSuccess: done });
  const failure = useFailure(sending.error);
  const colleagues = useFeed(({ line }) => colleaguesOf(line?.desks.values() ?? [], operator), sameList);
  const choose = (to: string) => () => {
    if (phone.call === null) {
      if (callId !== null) sending.mutate(to);
      return;
    }
    if (first) phone.consultWith(to);
    else phone.transfer(to);
    done();
  };
  const key = (index: number) => (index < 9 ? { hotkey: `Digit${String(index + 1)}`, shown: String(index + 1) } : {});
  return (
    <section className={style.transfer} data-keys-first aria-label={t('desk.transfer')} data-testid="transfer">
      <div className={style.acts}>
        <b>{t('desk.transfer_to')}</b>
        {phone.call !== null && (
          <Key hotkey="F6" shown="F6" pressed={first} onPress={() => { speakFirst(!first); }}>{t('desk.speak_first')}</Key>
        )}
        <span className="quiet">{t(first ? 'desk.speak_first_long' : 'desk.send_long')}</span>
        <Key hotkey="Escape" shown="Esc" onPress={done}>{t('flag.cancel')}</Key>
        {failure !== '' && <span role="status" className={style.failed}>{failure}</span>}
      </div>
      <div className={style.acts}>
        {PLACES.map((to, index) => <Key key={to} {...key(index)} busy={sending.isPending} onPress={choose(to)}>{t(`desk.to.${to}`)}</Key>)}
        {colleagues.map((desk, index) => (
          <Key key={desk.operator} {...key(PLACES.length + index)} busy={sending.isPending} onPress={choose(desk.operator)}>
            {desk.name === '' ? desk.operator : desk.name} <span className="quiet">{t(`desk.state.${desk.state}`)}</span>
          </Key>
        ))}
      </div>
    </section>
  );
}

/** Those at work, who is free first. */
function colleaguesOf(desks: Iterable<Desk>, operator: string): Desk[] {
  const free = (desk: Desk): number => Number(desk.state === 'ready');
  return [...desks]
    .filter((desk) => desk.operator !== operator && desk.state !== 'off')
    .sort((a, b) => free(b) - free(a) || a.name.localeCompare(b.name));
}
