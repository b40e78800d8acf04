import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Lamp, Light } from '../api/types';
import { usePicture } from '../feed/FeedProvider';
import { clock, hour } from '../line/format';
import style from './TopBar.module.css';

const LAMPS: readonly Lamp[] = ['pbx', 'audio', 'recognition', 'store', 'disk'];

/** Each lamp is a word and a shape; one that is out is amber and says since when and why. */
export function Lights() {
  const { line } = usePicture();
  return (
    <ul className={style.lights}>
      {LAMPS.map((lamp) => (
        <LightItem key={lamp} lamp={lamp} light={line?.lights.get(lamp)} />
      ))}
    </ul>
  );
}

function LightItem({ lamp, light }: { lamp: Lamp; light: Light | undefined }) {
  const { t } = useTranslation();
  const state = light === undefined ? 'unknown' : light.up ? 'up' : 'down';
  const since = light === undefined ? '' : clock(light.since);
  const words = t(`light.${state}`, { since });
  const label = [`${t(`lamp.${lamp}`)}: ${t(`lamp_help.${lamp}`)}`, words, light?.why ?? ''].filter(Boolean).join('. ');
  return (
    <Tooltip label={label} multiline w={320}>
      <li className={style.light} data-state={state} data-testid={`light-${lamp}`} tabIndex={0}>
        <span aria-hidden>{state === 'up' ? '●' : state === 'down' ? '✕' : '○'}</span> {t(`lamp.${lamp}`)}
        {light !== undefined && !light.up && <> {t('light.down_short', { since: hour(light.since) })}</>}
        <span className="visually-hidden">: {words}</span>
      </li>
    </Tooltip>
  );
}
