import { useTranslation } from 'react-i18next';
import type { Urgency } from '../line/facts';
import style from './Mark.module.css';

const SHAPES: Record<Urgency, string> = { emergency: '▲', unclear: '△', neutral: '•', question: '○' };

/** Urgency by shape and word; red only while somebody in danger waits. */
export function Mark({ urgency, waiting }: { urgency: Urgency; waiting: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={style.mark} data-red={(waiting && (urgency === 'emergency' || urgency === 'unclear')) || undefined} title={t(`mark.${urgency}`)}>
      <span aria-hidden>{SHAPES[urgency]}</span>
      <span className="visually-hidden">{t(`mark.${urgency}`)}</span>
    </span>
  );
}
