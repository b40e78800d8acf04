import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFeed } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { LANGUAGES, type Language, speak } from '../i18n';
import { inOrderServed, urgencyOf, WAIT_TARGET_S } from '../line/facts';
import { clock, span } from '../line/format';
import { askFor } from '../parts/sheets';
import { keepLanguage, useSession } from '../session/session';
import { SessionMenu } from '../session/SessionMenu';
import { DeskLights } from './DeskLights';
import { StateMenu } from './StateMenu';
import { changeTextSize } from './textSize';
import style from './bar.module.css';

/** The desk's state bar: am I reachable and why not, who waits, what works, who I am. */
export function DeskBar() {
  const { t } = useTranslation();
  const session = useSession();
  const stale = useFeed(({ link }) => link.state === 'stale');
  return (
    <header className={style.bar} data-stale={stale || undefined}>
      <h1 className="visually-hidden">{t('top.title')}</h1>
      {session !== null && session.operator !== null && <StateMenu operator={session.operator} />}
      <Waiting />
      <span className={style.space} />
      <DeskLights operator={session?.operator ?? null} />
      <span className={style.space} />
      <Clock />
      <LanguageMenu />
      <Looks />
      <SessionMenu />
    </header>
  );
}

/** How many wait and the longest wait. */
function Waiting() {
  const { t } = useTranslation();
  const count = useFeed(({ line }) => inOrderServed(line?.calls.values() ?? []).length);
  const earliest = useFeed(({ line }) => Math.min(...inOrderServed(line?.calls.values() ?? []).map((call) => Date.parse(call.offered_at))));
  const emergency = useFeed(({ line }) => inOrderServed(line?.calls.values() ?? []).some((call) => urgencyOf(call) === 'emergency'));
  const now = useNow();
  const longest = count === 0 ? 0 : (now - earliest) / 1000;
  const urgency = emergency ? 'red' : longest > WAIT_TARGET_S ? 'amber' : undefined;
  return (
    <Tooltip label={t('top.waiting_help')} multiline w={320}>
      <div className={style.waiting} data-urgency={urgency} data-testid="waiting-count" tabIndex={0}>
        {urgency !== undefined && <span aria-hidden>▲ </span>}
        {t('top.waiting')} <b className="tabular">{count}</b>
        {count > 0 && <>{' · '}{t('top.longest')} <b className="tabular">{span(longest)}</b></>}
      </div>
    </Tooltip>
  );
}

function Clock() {
  const { t } = useTranslation();
  return <Tooltip label={t('top.clock')}><time className={`${style.clock ?? ''} tabular`}>{clock(useNow()).slice(0, 5)}</time></Tooltip>;
}

const NAMES: Record<Language, string> = { ru: 'Русский', kk: 'Қазақша', en: 'English' };

function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const choose = (language: Language): void => {
    speak(language);
    void keepLanguage(language).catch(() => undefined); // this workplace remembers it all the same
  };
  return (
    <Menu transitionProps={{ duration: 0 }} withInitialFocusPlaceholder={false}>
      <Menu.Target><button type="button" className={style.small}><span className="visually-hidden">{t('top.language')}: </span>{i18n.language} <span aria-hidden>▾</span></button></Menu.Target>
      <Menu.Dropdown>
        {LANGUAGES.map((language) => <Menu.Item key={language} onClick={() => { choose(language); }}>{NAMES[language]}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

function Looks() {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const icon = { variant: 'subtle', color: 'gray' } as const;
  return (
    <>
      <Tooltip label={t('desk.text_size')}><ActionIcon {...icon} aria-label={t('desk.text_size')} onClick={changeTextSize}>A</ActionIcon></Tooltip>
      <Tooltip label={t('top.scheme')}>
        <ActionIcon {...icon} aria-label={t('top.scheme')} onClick={() => { setColorScheme(scheme === 'dark' ? 'light' : 'dark'); }}>{scheme === 'dark' ? '☀' : '☾'}</ActionIcon>
      </Tooltip>
      <Tooltip label={`${t('top.help')} · F1`}><ActionIcon {...icon} aria-label={t('top.help')} onClick={() => { askFor('help'); }}>?</ActionIcon></Tooltip>
    </>
  );
}
