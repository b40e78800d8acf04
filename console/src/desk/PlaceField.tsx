import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readPlaces } from '../api/desk';
import { Label, placeWords } from './CardForm';
import { PLACE_ID } from './keys';

const FROM_CHARACTERS = 2;

/** The place as typed, completed from the gazetteer; what it does not know may be written all the same. */
export function PlaceField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [typing, type] = useState(false);
  const [asked] = useDebouncedValue(value.trim(), 150);
  const read = useQuery({
    queryKey: ['places', asked], queryFn: () => readPlaces(asked), enabled: typing && asked.length >= FROM_CHARACTERS,
    placeholderData: (before) => before, staleTime: 300_000,
  });
  const found = typing ? [...new Set((read.data ?? []).map(placeWords))] : [];
  return (
    <Autocomplete
      id={PLACE_ID} size="xs" label={<Label words={t('places.title')} shown="P" />} value={value} maxLength={500} onChange={onChange}
      data={found} filter={({ options }) => options} onFocus={() => { type(true); }} onBlur={() => { type(false); }}
      comboboxProps={{ transitionProps: { duration: 0 } }} data-testid="place"
    />
  );
}
