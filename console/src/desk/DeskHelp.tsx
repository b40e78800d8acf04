import { Kbd, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/Mark';
import { closeSheet, useSheet } from '../parts/sheets';
import style from './help.module.css';

const MARKS = ['emergency', 'unclear', 'neutral', 'question'] as const;
const KEYS = [
  [['F2'], 'answer'], [['F3'], 'hold'], [['F4'], 'mute'], [['F6'], 'transfer'], [['F7'], 'jump'], [['F8'], 'flag_yes'], [['F9'], 'flag_no'],
  [['B'], 'back'], [['R'], 'ready'], [['+'], 'extend'], [['F10'], 'state'], [['1', '2', '3'], 'places'], [['5', '…', '9'], 'category'],
  [['P'], 'place'], [['N'], 'note'], [['/'], 'search'], [['L'], 'language'], [['C'], 'call_backs'], [['Esc'], 'leave'], [['F1', '?'], 'help'],
] as const;

/** All keys of the desk on one sheet. */
export function DeskHelp() {
  const { t } = useTranslation();
  const opened = useSheet() === 'help';
  return (
    <Modal
      opened={opened} onClose={closeSheet} title={t('help.title')} size={760}
      closeButtonProps={{ 'aria-label': t('help.close') }} transitionProps={{ duration: 0 }}
    >
      <dl className={style.keys}>
        {KEYS.map(([keys, what]) => (
          <div key={what}><dt>{keys.map((key) => (key === '…' ? '… ' : <Kbd key={key} size="xs">{key}</Kbd>))}</dt><dd>{t(`desk.help.${what}`)}</dd></div>
        ))}
      </dl>
      <p className="quiet">{t('desk.help.typing')}</p>
      <h2 className={style.head}>{t('help.marks')}</h2>
      <dl className={style.keys}>
        {MARKS.map((urgency) => <div key={urgency}><dt><Mark urgency={urgency} waiting /></dt><dd>{t(`mark.${urgency}`)}</dd></div>)}
      </dl>
    </Modal>
  );
}
