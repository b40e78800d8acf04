import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Key } from './Key';
import type { CardKeeper } from './keeper';
import style from './desk.module.css';

/** Cards of earlier calls that the server does not have yet: what is written there is never forgotten. */
export function Unsaved({ keeper, shown }: { keeper: CardKeeper; shown: string | null }) {
  const { t } = useTranslation();
  const ids = useSyncExternalStore(keeper.subscribe, keeper.unsaved).filter((id) => id !== shown);
  if (ids.length === 0) return null;
  const torn = ids.filter((id) => (keeper.read(id)?.theirs ?? null) !== null);
  return (
    <div className={style.unsaved} role="status" data-testid="unsaved">
      <span>{t('desk.unsaved', { n: ids.length })}</span>
      {torn.map((id) => (
        <span key={id} className={style.acts}>
          {t('desk.unsaved_changed', { who: keeper.read(id)?.theirs?.by ?? '' })} «{keeper.read(id)?.text.note.slice(0, 60)}»
          <Key onPress={() => { keeper.choose(id, 'mine'); }}>{t('desk.card_mine')}</Key>
          <Key onPress={() => { keeper.choose(id, 'theirs'); }}>{t('desk.card_take')}</Key>
        </span>
      ))}
    </div>
  );
}
