import { useTranslation } from 'react-i18next';
import type { Urgency } from '../line/facts';
import style from './Mark.module.css';

const SHAPES: Record<Urgency, string> = { emergency: '▲', neutral: '•', question: '○' };

/** Urgency by shape first, colour second, and a word for who sees neither. */
export function Mark({ urgency }: { urgency: Urgency }) {
  const { t } = useTranslation();
  return (
    <span className={style.mark} data-urgency={urgency} title={t(`mark.${urgency}`)}>
      <span aria-hidden>{SHAPES[urgency]}</span>
      <span className="visually-hidden">{t(`mark.${urgency}`)}</span>
    </span>
  );
}
