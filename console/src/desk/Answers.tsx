import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { readAnswers, type SuggestedAnswer } from '../api/desk';
import type { Call } from '../api/types';
import { useLanguageName } from '../line/words';
import style from './desk.module.css';

/** What the help line would read out: an operator may answer it in a sentence instead of sending the caller away. */
export function Answers({ call }: { call: Call }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: ['answers', call.id, call.flag?.words ?? ''], queryFn: () => readAnswers(call.id), placeholderData: (before) => before,
  });
  const [best, ...others] = read.data?.answers ?? [];
  if (best === undefined) return null;
  return (
    <section className={style.box} aria-label={t('desk.answers')} data-testid="answers">
      <h3>{t('desk.answers')}</h3>
      <Answer answer={best} />
      {others.map((answer) => (
        <details key={`${answer.topic}${answer.language}`}>
          <summary>{answer.topic}</summary>
          <Answer answer={answer} />
        </details>
      ))}
    </section>
  );
}

function Answer({ answer }: { answer: SuggestedAnswer }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  return (
    <>
      <p className={style.answer} lang={answer.language}>{answer.text}</p>
      <small className="quiet">{answer.topic} · {nameOf(answer.language)}{answer.sample && <> · {t('desk.sample')}</>}</small>
    </>
  );
}
