import { useTranslation } from 'react-i18next';
import type { Call } from '../api/types';
import { courseOf, type CourseStep } from './facts';
import { clock, span } from './format';
import style from './call.module.css';

/** What happened to the call, in order: the first time by the clock, the rest from there. */
export function Course({ call }: { call: Call }) {
  const { t } = useTranslation();
  return (
    <ol className={style.course} aria-label={t('call.course')} data-testid="course">
      {courseOf(call).map((step, index) => (
        <li key={`${step.what}${step.at}${step.who}`} title={clock(step.at)}>
          <span className="tabular quiet">
            {index === 0 ? clock(step.at) : `+${span((Date.parse(step.at) - Date.parse(call.offered_at)) / 1000)}`}
          </span>{' '}
          <StepWords step={step} />
        </li>
      ))}
    </ol>
  );
}

const WHYS = ['timeout', 'withdrawn', 'emptied', 'left', 'full', 'nobody', 'unknown_queue'] as const;

function StepWords({ step }: { step: CourseStep }) {
  const { t } = useTranslation();
  const why = WHYS.find((known) => known === step.why);
  return <>{t(`course.${step.what}`, { who: step.who, why: why === undefined ? step.why : t(`why.${why}`) })}</>;
}
