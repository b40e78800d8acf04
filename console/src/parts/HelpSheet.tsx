import { Kbd, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Mark } from './Mark';
import { closeSheet, useSheet } from './sheets';
import style from './HelpSheet.module.css';

const MARKS = ['emergency', 'unclear', 'neutral', 'question'] as const;

export function HelpSheet() {
  const { t } = useTranslation();
  const opened = useSheet() === 'help';
  return (
    <Modal
      opened={opened} onClose={closeSheet} title={t('help.title')} size="md"
      closeButtonProps={{ 'aria-label': t('help.close') }} transitionProps={{ duration: 0 }}
    >
      <dl className={style.keys}>
        <dt><Kbd>↑</Kbd> <Kbd>↓</Kbd></dt><dd>{t('help.move')}</dd>
        <dt><Kbd>Enter</Kbd></dt><dd>{t('help.open')}</dd>
        <dt><Kbd>Y</Kbd> <Kbd>N</Kbd></dt><dd>{t('help.flag')}</dd>
        <dt><Kbd>B</Kbd></dt><dd>{t('help.back')}</dd>
        <dt><Kbd>1</Kbd> … <Kbd>5</Kbd></dt><dd>{t('help.category')}</dd>
        <dt><Kbd>L</Kbd></dt><dd>{t('help.language')}</dd>
        <dt><Kbd>M</Kbd></dt><dd>{t('help.modes')}</dd>
        <dt><Kbd>/</Kbd></dt><dd>{t('help.search')}</dd>
        <dt><Kbd>Esc</Kbd></dt><dd>{t('help.follow')}</dd>
        <dt><Kbd>?</Kbd></dt><dd>{t('help.help')}</dd>
      </dl>
      <h2 className={style.head}>{t('help.marks')}</h2>
      <dl className={style.keys}>
        {MARKS.map((urgency) => (
          <div key={urgency} className={style.mark}><dt><Mark urgency={urgency} waiting /></dt><dd>{t(`mark.${urgency}`)}</dd></div>
        ))}
      </dl>
    </Modal>
  );
}
