import { useTranslation } from 'react-i18next';
import { useFeed } from '../feed/FeedProvider';
import { HelpLine } from '../line/HelpLine';
import { Answers } from './Answers';
import { OwnTask } from './CallBacks';
import { Flag } from './Flag';
import { History } from './History';
import { SentAway } from './SentAway';
import { useCallFacts } from './useDeskCall';
import style from './desk.module.css';

/** The right: the flag and what may be answered, whom this operator has sent away, what the number called about before. */
export function Todo({ callId, operator, wrapUp }: { callId: string | null; operator: string; wrapUp: boolean }) {
  const { t } = useTranslation();
  const call = useCallFacts(callId);
  const shadowShown = useFeed(({ line }) => line?.flags === 'shadow_shown');
  const flag = call?.flag ?? null;
  const shown = flag !== null && (flag.mode !== 'shadow' || shadowShown);
  return (
    <aside className={style.todo} aria-label={t('desk.todo')}>
      <OwnTask call={call} operator={operator} />
      <SentAway operator={operator} except={null} />
      {call !== undefined && flag !== null && shown && <Flag key={flag.at} call={call} flag={flag} />}
      {call !== undefined && shown && !wrapUp && <Answers call={call} />}
      {call !== undefined && call.turns.length > 0 && <HelpLine call={call} />}
      {call !== undefined && !wrapUp && <History call={call} />}
    </aside>
  );
}
