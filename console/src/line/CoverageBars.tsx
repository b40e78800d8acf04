import { useTranslation } from 'react-i18next';
import type { Call, Coverage, Side } from '../api/types';
import { duration } from './format';
import style from './call.module.css';

const SIDES: readonly Side[] = ['caller', 'operator'];
const PARTS = ['text', 'suppressed', 'missing'] as const;

/** How the speech of each side of a finished call is accounted for: a bar, and the same in words beneath it. */
export function CoverageBars({ call }: { call: Call }) {
  const { t } = useTranslation();
  if (call.coverage.length === 0) return null;
  const title = call.revised_by === null ? t('coverage.title') : `${t('coverage.title')} · ${t('coverage.revised', { model: call.revised_by })}`;
  return (
    <section className={`${style.lanes ?? ''} ${style.coverage ?? ''}`} aria-label={title} title={title} data-testid="coverage">
      <span />
      {SIDES.map((side) => <SideBar key={side} covered={call.coverage.find((each) => each.side === side)} />)}
    </section>
  );
}

function SideBar({ covered }: { covered: Coverage | undefined }) {
  const { t, i18n } = useTranslation();
  if (covered === undefined) return <span />;
  const lengths = { text: covered.text_s, suppressed: covered.suppressed_s, missing: covered.missing_s };
  const shown = PARTS.filter((part) => lengths[part] >= 0.05);
  const speech = duration(covered.speech_s, i18n.language, t('coverage.seconds'));
  const words = covered.speech_s < 0.05 ? t('coverage.silent')
    : shown.length === 1 && shown[0] === 'text' ? t('coverage.whole', { speech })
    : [t('coverage.speech', { speech }), ...shown.map((part) => t(`coverage.${part}`, { s: duration(lengths[part], i18n.language, t('coverage.seconds')) }))].join(' · ');
  return (
    <div data-side={covered.side}>
      <div className={style.bar} aria-hidden>
        {shown.map((part) => <span key={part} data-part={part} style={{ flexGrow: lengths[part] }} />)}
      </div>
      {words}
    </div>
  );
}
