import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Lamp } from '../api/types';
import { useFeed } from '../feed/FeedProvider';
import { clock, hour } from '../line/format';
import { usePhone } from '../phone/phone';
import style from './bar.module.css';

const ALWAYS: readonly Lamp[] = ['pbx', 'recognition'];
const WHEN_OUT: readonly Lamp[] = ['audio', 'store', 'disk'];

/** What a call depends on always; the rest only when it is out. Each is a shape and a word. */
export function DeskLights({ operator }: { operator: string | null }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const deskPhone = useFeed(({ line }) => line?.desks.get(operator ?? ''));
  const link = useFeed((picture) => picture.link);
  const well = phone.state === 'off' ? null : phone.microphone === 'untested' ? undefined : phone.microphone === 'ok';
  const there = phone.state !== 'off' ? phone.state === 'registered' : link.state === 'stale' ? undefined : deskPhone?.phone_there;
  const feed = link.state === 'live' ? true : link.state === 'stale' ? false : undefined;
  return (
    <ul className={style.lights}>
      {ALWAYS.map((lamp) => <LampItem key={lamp} lamp={lamp} always />)}
      {operator !== null && <Item name={t('desk.lamp.phone')} up={there} words={t(there === undefined ? 'light.unknown' : there ? 'desk.lamp.phone_up' : 'desk.lamp.phone_down')} id="phone" />}
      {well !== null && <Item name={t('desk.lamp.microphone')} up={well} words={t(`desk.lamp.microphone_${phone.microphone}`)} id="microphone" />}
      <Item
        name={t('desk.lamp.feed')} up={feed} id="feed" state={link.state}
        words={link.state === 'stale' ? t('feed.stale', { since: clock(link.since) }) : t(link.state === 'live' ? 'feed.live' : 'feed.connecting')}
      />
      {WHEN_OUT.map((lamp) => <LampItem key={lamp} lamp={lamp} always={false} />)}
    </ul>
  );
}

function LampItem({ lamp, always }: { lamp: Lamp; always: boolean }) {
  const { t } = useTranslation();
  const light = useFeed(({ line, link }) => (link.state === 'stale' ? undefined : line?.lights.get(lamp)));
  if (!always && light?.up !== false) return null;
  const state = light === undefined ? 'unknown' : light.up ? 'up' : 'down';
  const words = [`${t(`lamp_help.${lamp}`)}. ${t(`light.${state}`, { since: light === undefined ? '' : clock(light.since) })}`, light?.why ?? ''].filter(Boolean).join('. ');
  const since = light?.up === false ? ` ${t('light.down_short', { since: hour(light.since) })}` : '';
  return <Item name={`${t(`lamp.${lamp}`)}${since}`} up={light?.up} words={words} id={lamp} />;
}

interface ItemProps { name: string; up: boolean | undefined; words: string; id: string; state?: string }

function Item({ name, up, words, id, state }: ItemProps) {
  return (
    <Tooltip label={words} multiline w={300}>
      <li className={style.light} data-up={up} data-state={state} data-testid={`light-${id}`} tabIndex={0}>
        <span aria-hidden>{up === undefined ? '○' : up ? '●' : '✕'}</span> {name}<span className="visually-hidden">: {words}</span>
      </li>
    </Tooltip>
  );
}
