import { Checkbox } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { categorise } from '../api/read';
import type { Call, Category, Label } from '../api/types';
import { Act } from './Act';
import { useSession } from '../session/session';
import { isEnded } from './facts';
import { hour } from './format';
import { useFailure } from './words';
import style from './decisions.module.css';

const LABELS: readonly Label[] = ['EMERGENCY', 'NON_URGENT', 'INFORMATIONAL', 'NUISANCE', 'SILENT_OR_UNCLEAR'];

/** What the call was, as a person says: one key each, nothing chosen beforehand. A supervisor who listened says so. */
export function CategoryChoice({ call }: { call: Call }) {
  const { t } = useTranslation();
  const session = useSession();
  const [audit, setAudit] = useState(false);
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: (label: Label) => categorise(call.id, label, audit),
    onSuccess: (_, label) => { // a call read from the ledger hears nothing from the feed
      const told: Category = { at: new Date().toISOString(), by: session?.operator ?? session?.account ?? '', label, category: '', audit };
      queries.setQueryData<Call>(['call', call.id], (read) => (read === undefined || (read.category?.audit === true && !audit) ? read : { ...read, category: told }));
      setAudit(false);
    },
  });
  const failure = useFailure(sending.error);
  if (!isEnded(call) && call.answers.length === 0) return null;
  return (
    <section className={style.category} aria-label={t('category.title')} data-testid="category">
      <div className={style.title}>
        <b>{t('category.title')}</b>{' '}
        {call.category === null ? <span className="quiet">{t('category.none')}</span> : <Told told={call.category} />}
        {failure !== '' && <span role="status" className={style.failed}>{failure}</span>}
        <span className={style.space} />
        {call.recording?.playable && (
          <Checkbox size="xs" checked={audit} label={t('category.audit')} onChange={(event) => { setAudit(event.currentTarget.checked); }} />
        )}
      </div>
      <div className={style.labels}>
        {LABELS.map((label, index) => (
          <Act
            key={label} hotkey={`Digit${String(index + 1)}`} shown={String(index + 1)} pressed={call.category?.label === label}
            busy={sending.isPending} onPress={() => { sending.mutate(label); }}
          >
            <span title={t(`label.${label}`)}>{t(`label_short.${label}`)}</span>
          </Act>
        ))}
      </div>
    </section>
  );
}

function Told({ told }: { told: Category }) {
  const { t } = useTranslation();
  return (
    <span>
      {t('category.told', { who: told.by, at: hour(told.at) })}: {t(`label.${told.label}`)}{told.category !== '' && ` · ${told.category}`}
      {told.audit && <> · {t('category.audited')}</>}
    </span>
  );
}
