import { Textarea, TextInput } from '@mantine/core';
import { memo, useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, Place } from '../api/types';
import { hour } from '../line/format';
import { CategoryKeys } from './CategoryKeys';
import { type Draft, type Field, isDirty } from './draft';
import type { CardKeeper } from './keeper';
import { Key } from './Key';
import { NOTE_ID } from './keys';
import { PlaceField } from './PlaceField';
import { useCallFacts } from './useDeskCall';
import style from './card.module.css';

/** What the operator writes down. It stays the same field in the same place of the document when the call ends: no letter is lost. */
export const CardForm = memo(function CardForm({ callId, keeper }: { callId: string; keeper: CardKeeper }) {
  const { t } = useTranslation();
  const call = useCallFacts(callId);
  const draft = useSyncExternalStore(keeper.subscribe, () => keeper.read(callId));
  const card = call?.card ?? null;
  const known = call !== undefined;
  useEffect(() => {
    if (known) keeper.show(callId, card);
  }, [keeper, callId, card, known]);
  if (call === undefined || draft === undefined) return <section className={style.card} />;
  const field = (name: Field) => ({ value: draft.text[name], onChange: (value: string) => { keeper.type(callId, { [name]: value }); } });
  const note = field('note');
  return (
    <section className={style.card} aria-label={t('desk.card')} data-testid="card">
      <div className={style.title}><h3>{t('desk.card')}</h3><Kept draft={draft} /></div>
      {draft.theirs !== null && <Conflict draft={draft} choose={(whose) => { keeper.choose(callId, whose); }} />}
      <Candidates call={call} place={draft.text.place} choose={field('place').onChange} />
      <PlaceField {...field('place')} />
      <Textarea
        id={NOTE_ID} size="xs" label={<Label words={t('desk.note')} shown="N" />} maxLength={4000} autosize minRows={2} maxRows={6}
        value={note.value} onChange={(event) => { note.onChange(event.currentTarget.value); }}
      />
      <Line label={t('desk.persons')} max={4000} {...field('persons')} />
      <Line label={t('desk.follow_up')} max={4000} {...field('follow_up')} />
      <CategoryKeys call={call} />
    </section>
  );
});

export function Label({ words, shown }: { words: string; shown: string }) {
  return <>{words} <kbd className={style.kbd}>{shown}</kbd></>;
}

function Line({ label, value, max, onChange }: { label: string; value: string; max: number; onChange: (value: string) => void }) {
  return <TextInput size="xs" label={label} value={value} maxLength={max} onChange={(event) => { onChange(event.currentTarget.value); }} />;
}

/** Where the words are: with the server, or still only here. */
function Kept({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const words = draft.theirs !== null ? t('desk.card_changed')
    : draft.failed && isDirty(draft) ? t('desk.card_failed')
    : isDirty(draft) ? t('desk.card_saving')
    : draft.saved_at !== null ? t('desk.card_saved', { at: hour(draft.saved_at) }) : '';
  return <span className={style.kept} data-failed={draft.failed && isDirty(draft) || undefined} role="status" data-testid="card-kept">{words}</span>;
}

/** Somebody wrote meanwhile: both are shown, the operator chooses, nothing is lost before that. */
function Conflict({ draft, choose }: { draft: Draft; choose: (whose: 'mine' | 'theirs') => void }) {
  const { t } = useTranslation();
  const { theirs } = draft;
  if (theirs === null) return null;
  const said = [theirs.place, theirs.note, theirs.persons, theirs.follow_up].filter(Boolean).join(' · ');
  return (
    <div className={style.conflict} data-testid="card-conflict">
      <div>{t('desk.card_theirs', { who: theirs.by, at: hour(theirs.at) })}: «{said}»</div>
      <div className={style.keys}>
        <Key onPress={() => { choose('mine'); }}>{t('desk.card_mine')}</Key>
        <Key onPress={() => { choose('theirs'); }}>{t('desk.card_take')}</Key>
      </div>
    </div>
  );
}

const SHOWN = 3;
export const placeWords = (place: Pick<Place, 'name' | 'house'>): string => [place.name, place.house].filter(Boolean).join(', ');

/** What the caller may have named, best first; a key takes it over. Never taken over by itself. */
function Candidates({ call, place, choose }: { call: Call; place: string; choose: (place: string) => void }) {
  const { t } = useTranslation();
  if (call.places.length === 0) return null;
  return (
    <div className={style.keys} role="group" aria-label={t('places.title')} data-testid="places">
      {call.places.slice(0, SHOWN).map((each, index) => (
        <Key
          key={placeWords(each)} hotkey={`Digit${String(index + 1)}`} shown={String(index + 1)} pressed={place === placeWords(each)}
          title={t('places.heard', { words: each.words })} onPress={() => { choose(placeWords(each)); }}
        >
          {placeWords(each)}
        </Key>
      ))}
    </div>
  );
}
