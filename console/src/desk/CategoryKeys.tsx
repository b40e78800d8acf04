import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { categorise } from '../api/read';
import type { Call, Label } from '../api/types';
import { hour } from '../line/format';
import { useFailure } from '../line/words';
import { useSession } from '../session/session';
import { Key } from './Key';
import style from './card.module.css';

const LABELS: readonly Label[] = ['EMERGENCY', 'NON_URGENT', 'INFORMATIONAL', 'NUISANCE', 'SILENT_OR_UNCLEAR'];
const FIRST_KEY = 5; // 1 to 3 are the places: a key never changes its meaning when the call ends under the finger

/** What the call was: one key each, nothing chosen beforehand, whatever the machine thinks. */
export function CategoryKeys({ call }: { call: Call }) {
  const { t } = useTranslation();
  const operator = useSession()?.operator ?? '';
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: (label: Label) => categorise(call.id, label, false),
    onSuccess: (_, label) => { // a call read from the ledger hears nothing from the feed
      const told = { at: new Date().toISOString(), by: operator, label, category: '', audit: false };
      queries.setQueryData<Call>(['call', call.id], (read) => (read === undefined ? read : { ...read, category: told }));
    },
  });
  const failure = useFailure(sending.error);
  const { category } = call;
  return (
    <div className={style.category} role="group" aria-label={t('category.title')} data-testid="category">
      <div className={style.asked}>
        <b>{t('category.title')}</b>{' '}
        <span className="quiet">{category === null ? t('category.none') : t('category.told', { who: category.by, at: hour(category.at) })}</span>
        {failure !== '' && <span role="status" className={style.failed}> {failure}</span>}
      </div>
      <div className={style.labels}>
        {LABELS.map((label, index) => (
          <Key
            key={label} hotkey={`Digit${String(FIRST_KEY + index)}`} shown={String(FIRST_KEY + index)} pressed={category?.label === label}
            busy={sending.isPending} title={t(`label.${label}`)} onPress={() => { sending.mutate(label); }}
          >
            {t(`label_short.${label}`)}
          </Key>
        ))}
      </div>
    </div>
  );
}
