import { Kbd, Modal } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from './Mark';
import style from './HelpSheet.module.css';

let open = false;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
function set(value: boolean): void {
  open = value;
  for (const listener of listeners) listener();
}
export const askForHelp = (): void => {
  set(!open);
};
export const helpIsOpen = (): boolean => open;

export function HelpSheet() {
  const { t } = useTranslation();
  const opened = useSyncExternalStore(subscribe, helpIsOpen);
  return (
    <Modal
      opened={opened} onClose={() => { set(false); }} title={t('help.title')} size="md"
      closeButtonProps={{ 'aria-label': t('help.close') }} transitionProps={{ duration: 0 }}
    >
      <dl className={style.keys}>
        <dt><Kbd>↑</Kbd> <Kbd>↓</Kbd></dt><dd>{t('help.move')}</dd>
        <dt><Kbd>Enter</Kbd></dt><dd>{t('help.open')}</dd>
        <dt><Kbd>L</Kbd></dt><dd>{t('help.language')}</dd>
        <dt><Kbd>/</Kbd></dt><dd>{t('help.search')}</dd>
        <dt><Kbd>Esc</Kbd></dt><dd>{t('help.follow')}</dd>
        <dt><Kbd>?</Kbd></dt><dd>{t('help.help')}</dd>
      </dl>
      <h2 className={style.head}>{t('help.marks')}</h2>
      <dl className={style.keys}>
        <dt><Mark urgency="emergency" waiting /></dt><dd>{t('mark.emergency')}</dd>
        <dt><Mark urgency="neutral" waiting /></dt><dd>{t('mark.neutral')}</dd>
        <dt><Mark urgency="question" waiting /></dt><dd>{t('mark.question')}</dd>
      </dl>
    </Modal>
  );
}
