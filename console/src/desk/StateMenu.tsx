import { Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { setDeskState, type WantedState } from '../api/desk';
import type { Desk } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { span } from '../line/format';
import { useFailure } from '../line/words';
import { usePhone } from '../phone/phone';
import { PAUSES, usePauseReason, useWhy } from './stateWords';
import style from './bar.module.css';

const SHAPES: Record<Desk['state'], string> = { off: '○', ready: '●', ringing: '◔', talking: '◉', wrap_up: '◷', paused: '‖' };

/** The state as Asterisk has it, why no call comes, and what it may be changed to. */
export function StateMenu({ operator }: { operator: string }) {
  const { t } = useTranslation();
  const desk = useFeed(({ line }) => line?.desks.get(operator));
  const pause = usePauseReason();
  const phone = usePhone();
  const sending = useMutation({ mutationFn: (wanted: { state: WantedState; reason: string }) => setDeskState(wanted.state, wanted.reason) });
  const failure = useFailure(sending.error);
  if (desk === undefined) return <span className={style.state} data-testid="desk-state">○ {t('desk.state_unknown')}</span>;
  const change = (state: WantedState, reason = '') => () => {
    if (state === 'ready' && desk.phone === 'web' && phone.state !== 'off' && phone.microphone !== 'ok') phone.test();
    else sending.mutate({ state, reason });
  };
  return (
    <div className={style.mine}>
      <Menu position="bottom-start" transitionProps={{ duration: 0 }} returnFocus withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <button type="button" className={style.state} data-hotkey="F10" data-state={desk.state} data-testid="desk-state" title={t('desk.state_help')}>
            <span aria-hidden>{SHAPES[desk.state]}</span> {desk.state === 'paused' ? pause(desk.reason) : t(`desk.state.${desk.state}`)} ▾
          </button>
        </Menu.Target>
        <Menu.Dropdown data-testid="state-menu">
          <Menu.Item onClick={change('ready')}>● {t('desk.state.ready')}</Menu.Item>
          <Menu.Label>{t('desk.state.paused')}</Menu.Label>
          {PAUSES.map((reason) => <Menu.Item key={reason} onClick={change('paused', reason)}>‖ {t(`desk.pause.${reason}`)}</Menu.Item>)}
          <Menu.Divider />
          <Menu.Item onClick={change('off')}>○ {t('desk.state.off')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Since desk={desk} failure={failure} />
    </div>
  );
}

function Since({ desk, failure }: { desk: Desk; failure: string }) {
  const why = useWhy();
  const now = useNow();
  const whys = desk.why.filter((code) => code !== desk.state).map(why).join(' · ');
  return (
    <span className={style.since} title={whys} role={failure === '' ? undefined : 'status'}>
      <span className="tabular">{span((now - Date.parse(desk.since)) / 1000)}</span>
      {failure !== '' ? <b> · {failure}</b> : whys !== '' && <> · {whys}</>}
    </span>
  );
}
