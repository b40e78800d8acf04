import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { usePicture } from '../feed/FeedProvider';
import { useNow } from '../feed/now';
import { clock } from '../line/format';
import style from './LinkNotice.module.css';

const SAID_FOR_MS = 12_000;

/** Says that the link is broken and since when, or that it came back and everything was read again. */
export function LinkNotice() {
  const { t } = useTranslation();
  const { link, line } = usePicture();
  const now = useNow() - (line?.ahead_ms ?? 0);
  if (link.state === 'stale') {
    return (
      <div className={style.notice} data-kind="stale" role="status">
        {t('feed.stale_long', { since: clock(link.since) })}
      </div>
    );
  }
  if (link.state === 'live' && link.reread_at !== null && now - link.reread_at < SAID_FOR_MS) {
    return (
      <div className={style.notice} data-kind="reread" role="status">
        {t('feed.reread', { at: clock(link.reread_at) })}
      </div>
    );
  }
  return null;
}

export function Denied() {
  const { t } = useTranslation();
  return (
    <div className={style.denied}>
      <h1>{t('feed.denied')}</h1>
      <p>{t('feed.denied_long')}</p>
      <Anchor href="/enter">{t('feed.denied_enter')}</Anchor>
    </div>
  );
}
