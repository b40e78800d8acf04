import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeMode, readModes } from '../api/read';
import type { LanguageMode, Mode } from '../api/types';
import { reason } from '../i18n';
import { clock, day, percent } from '../line/format';
import { useFailure } from '../line/words';
import { closeSheet, useSheet } from './sheets';
import style from './ModesSheet.module.css';

const MODES: readonly Mode[] = ['shadow', 'assist', 'offer'];
const NAMES: Record<string, string> = { ru: 'Русский', kk: 'Қазақша' }; // each in its own language
export const OFF = 'switched off from the console';

/** What flags may lead to, per language: the gate's progress, a change with its reason, one click for all off. */
export function ModesSheet() {
  const { t } = useTranslation();
  const opened = useSheet() === 'modes';
  return (
    <Modal
      opened={opened} onClose={closeSheet} title={t('modes.title')} size={680}
      closeButtonProps={{ 'aria-label': t('help.close') }} transitionProps={{ duration: 0 }}
    >
      {opened && <Modes />}
    </Modal>
  );
}

function Modes() {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['modes'], queryFn: readModes, refetchInterval: 5000, staleTime: 0 });
  if (read.data === undefined) return <p className={style.quiet} role="status">{read.isError ? t('modes.failed') : t('modes.loading')}</p>;
  return (
    <div data-testid="modes">
      <AllOff rows={read.data} />
      {read.data.map((row) => <Row key={`${row.queue}/${row.language}`} row={row} />)}
    </div>
  );
}

/** Sends and then reads again, whatever came of it: the server knows. */
function useChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: { languages: readonly string[]; mode: Mode; why: string }) => {
      await Promise.all(wanted.languages.map((language) => changeMode(language, wanted.mode, wanted.why)));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['modes'] }),
  });
}

function AllOff({ rows }: { rows: readonly LanguageMode[] }) {
  const { t } = useTranslation();
  const sending = useChange();
  const failure = useFailure(sending.error);
  const on = rows.filter((row) => row.mode !== 'shadow').map((row) => row.language);
  return (
    <div className={style.off}>
      <Button
        variant="default" size="compact-md" disabled={on.length === 0 || sending.isPending}
        onClick={() => { sending.mutate({ languages: on, mode: 'shadow', why: OFF }); }}
      >
        {t('modes.all_off')}
      </Button>
      <span className={style.quiet} role="status">{failure !== '' ? failure : on.length === 0 ? t('modes.all_are_off') : t('modes.off_help')}</span>
    </div>
  );
}

function Row({ row }: { row: LanguageMode }) {
  const { t, i18n } = useTranslation();
  const [wanted, want] = useState<Mode | null>(null);
  const shown = wanted ?? row.mode;
  const figures = { audited: row.audited, needed: row.needed, missed: row.missed, rate: percent(row.miss_rate_below, i18n.language) };
  return (
    <section className={style.row} data-testid={`mode-${row.language}`} data-mode={row.mode}>
      <div className={style.line}>
        <h3>{NAMES[row.language] ?? row.language} <span className={style.quiet}>{row.queue}</span></h3>
        <SegmentedControl
          size="xs" value={shown} transitionDuration={0} aria-label={t('modes.mode_of', { language: NAMES[row.language] ?? row.language })}
          data={MODES.map((mode) => ({ value: mode, label: t(`modes.${mode}`), disabled: mode !== 'shadow' && !row.gate_open }))}
          onChange={(value) => { want(MODES.find((mode) => mode === value && mode !== row.mode) ?? null); }}
        />
      </div>
      <p className={style.quiet}>{t(`modes.${shown}_help`)}</p>
      {wanted !== null && wanted !== row.mode && <Change row={row} mode={wanted} done={() => { want(null); }} />}
      <div className={style.gate} aria-hidden><span style={{ width: `${String(Math.min(100, (100 * row.audited) / Math.max(1, row.needed)))}%` }} /></div>
      <p className={`${style.quiet ?? ''} tabular`}>{t(row.gate_open ? 'modes.gate_open' : 'modes.gate_shut', figures)}</p>
      {row.changed_at !== null && (
        <p className={style.quiet}>
          {t('modes.changed', { who: row.changed_by ?? '', at: `${day(row.changed_at)} ${clock(row.changed_at)}`, why: reason(row.reason ?? '') })}
        </p>
      )}
    </section>
  );
}

function Change({ row, mode, done }: { row: LanguageMode; mode: Mode; done: () => void }) {
  const { t } = useTranslation();
  const [why, say] = useState('');
  const sending = useChange();
  const failure = useFailure(sending.error);
  return (
    <form
      className={style.change}
      onSubmit={(event) => {
        event.preventDefault();
        if (why.trim() !== '') sending.mutate({ languages: [row.language], mode, why: why.trim() }, { onSuccess: done });
      }}
    >
      <TextInput size="xs" value={why} maxLength={200} autoFocus placeholder={t('modes.why')} aria-label={t('modes.why')} onChange={(event) => { say(event.currentTarget.value); }} />
      <Button type="submit" size="compact-sm" disabled={why.trim() === '' || sending.isPending}>{t('modes.change')}</Button>
      <Button variant="default" size="compact-sm" onClick={done}>{t('flag.cancel')}</Button>
      {failure !== '' && <span role="status">{failure}</span>}
    </form>
  );
}
