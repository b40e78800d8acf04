import { ActionIcon, SegmentedControl, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { usePicture } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { LANGUAGES, type Language, speak } from '../i18n';
import { inOrderServed, urgencyOf, WAIT_TARGET_S } from '../line/facts';
import { clock, span } from '../line/format';
import { keepLanguage, mayDo, useSession } from '../session/session';
import { SessionMenu } from '../session/SessionMenu';
import { askFor } from './sheets';
import { Lights } from './Lights';
import style from './TopBar.module.css';

const NAMES: Record<Language, string> = { ru: 'Рус', kk: 'Қаз', en: 'Eng' };

export function TopBar() {
  const { t } = useTranslation();
  return (
    <header className={style.bar}>
      <h1 className={style.title}>{t('top.title')}</h1>
      <Waiting />
      <Lights />
      <span className={style.space} />
      <ToWallboard />
      <LinkState />
      <Clock />
      <LanguageSwitch />
      <Scheme />
      <Tooltip label={`${t('modes.title')} · M`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t('modes.title')} onClick={() => { askFor('modes'); }}>
          ⚑
        </ActionIcon>
      </Tooltip>
      <Tooltip label={`${t('top.help')} · ?`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t('top.help')} onClick={() => { askFor('help'); }}>
          ?
        </ActionIcon>
      </Tooltip>
      <SessionMenu />
    </header>
  );
}

/** How many wait and the longest wait: the one figure read from three metres. */
function Waiting() {
  const { t } = useTranslation();
  const { line } = usePicture();
  const now = useNow();
  const waiting = inOrderServed(line?.calls.values() ?? []);
  const longest = Math.max(0, ...waiting.map((call) => (now - Date.parse(call.offered_at)) / 1000));
  const emergency = waiting.some((call) => urgencyOf(call) === 'emergency');
  const urgency = emergency ? 'red' : longest > WAIT_TARGET_S ? 'amber' : undefined;
  return (
    <Tooltip label={t('top.waiting_help')} multiline w={320}>
      <div className={style.waiting} data-urgency={urgency} data-testid="waiting-count" tabIndex={0}>
        {urgency !== undefined && <span aria-hidden>▲</span>}
        {t('top.waiting')} <b className="tabular">{waiting.length}</b>
        {waiting.length > 0 && (
          <>
            {' · '}{t('top.longest')} <b className="tabular">{span(longest)}</b>
          </>
        )}
      </div>
    </Tooltip>
  );
}

function ToWallboard() {
  const { t } = useTranslation();
  const session = useSession();
  if (!mayDo(session, 'supervisor') && !mayDo(session, 'administrator')) return null;
  return <Link className={style.to} to="/wallboard" data-testid="to-wallboard">{t('wallboard.title')}</Link>;
}

function LinkState() {
  const { t } = useTranslation();
  const { link } = usePicture();
  const words =
    link.state === 'live' ? t('feed.live')
    : link.state === 'stale' ? t('feed.stale', { since: clock(link.since) })
    : t('feed.connecting');
  return (
    <span className={style.link} data-state={link.state} data-testid="link-state" role="status">
      <span aria-hidden>{link.state === 'live' ? '●' : link.state === 'stale' ? '✕' : '○'}</span> {words}
    </span>
  );
}

function Clock() {
  const { t } = useTranslation();
  const now = useNow();
  return (
    <Tooltip label={t('top.clock')}>
      <time className={`${style.clock ?? ''} tabular`}>{clock(now)}</time>
    </Tooltip>
  );
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('top.language')}
      value={i18n.language}
      onChange={(value) => {
        const language = LANGUAGES.find((known) => known === value);
        if (language === undefined) return;
        speak(language);
        if (session !== null) keepLanguage(language).catch(() => undefined); // kept in this browser all the same
      }}
      data={LANGUAGES.map((language) => ({ value: language, label: NAMES[language] }))}
    />
  );
}

function Scheme() {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  return (
    <Tooltip label={t('top.scheme')}>
      <ActionIcon
        variant="subtle" color="gray" aria-label={t('top.scheme')}
        onClick={() => {
          setColorScheme(scheme === 'dark' ? 'light' : 'dark');
        }}
      >
        {scheme === 'dark' ? '☀' : '☾'}
      </ActionIcon>
    </Tooltip>
  );
}
