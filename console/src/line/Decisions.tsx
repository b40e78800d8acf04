import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { Mark } from '../parts/Mark';
import { Assessed } from './Assessed';
import { isEnded, isWaiting, urgencyOf } from './facts';
import { Flag } from './Flag';
import { share } from './format';
import { HelpLine } from './HelpLine';
import { useUrgentWords } from './words';
import style from './decisions.module.css';

/** Above the words: why the caller is urgent, whether it is a question, the offer and the help line, the places. */
export function Decisions({ call, shadowShown }: { call: Call; shadowShown: boolean }) {
  return (
    <>
      <Urgent call={call} />
      {call.flag !== null && <Flag call={call} flag={call.flag} />}
      {shadowShown && call.flag === null && <Assessed call={call} />}
      <HelpLine call={call} />
      <Places call={call} />
    </>
  );
}

function Urgent({ call }: { call: Call }) {
  const { t } = useTranslation();
  const words = useUrgentWords(call);
  if (words === '') return null;
  const urgency = urgencyOf(call);
  return (
    <div className={style.urgent} data-red={(isWaiting(call) && !isEnded(call)) || undefined} data-testid="urgent">
      <Mark urgency={urgency} waiting={isWaiting(call)} /> <b>{t(`mark.${urgency}`)}</b> · {words}
    </div>
  );
}

const SHOWN = 4;

function Places({ call }: { call: Call }) {
  const { t, i18n } = useTranslation();
  if (call.places.length === 0) return null;
  return (
    <div className={style.places} data-testid="places">
      <span className="quiet">{t('places.title')}</span>
      <ol>
        {call.places.slice(0, SHOWN).map((place) => (
          <Tooltip key={`${place.name}${place.house}`} label={t('places.heard', { words: place.words })} events={{ hover: true, focus: true, touch: false }}>
            <li tabIndex={0}>{[place.name, place.house].filter(Boolean).join(', ')} <span className="tabular quiet">{share(place.score, i18n.language)}</span></li>
          </Tooltip>
        ))}
      </ol>
    </div>
  );
}
