import { Button, Kbd } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { phone as written } from '../line/format';
import { type PhoneView, usePhone } from './phone';
import { QualityFigure } from './QualityFigure';
import style from './phone.module.css';

/** The call at hand on pages that are not the desk: whoever looks at a report while it rings answers there. */
export function PhoneStrip() {
  const { t } = useTranslation();
  const phone = usePhone();
  usePhoneKeys(phone);
  const { call } = phone;
  if (call === null) return null;
  const rings = call.phase === 'ringing';
  const held = call.phase === 'held';
  return (
    <section className={style.strip} aria-label={t('phone.strip.label')} data-testid="phone-strip" data-phase={call.phase} data-call={call.id}>
      <b className="tabular">☎ {call.from === '' ? t('phone.strip.unknown') : written(call.from)}</b>
      <span role="status">{t(`phone.strip.${call.ending ? 'ending' : call.phase}`)}</span>
      {rings && <Button size="compact-sm" onClick={phone.answer}><Kbd size="xs">F2</Kbd>&nbsp;{t('phone.strip.answer')}</Button>}
      <Button size="compact-sm" variant="default" onClick={phone.hangUp}>
        {!rings && <><Kbd size="xs">F2</Kbd>&nbsp;</>}{t(rings ? 'phone.strip.refuse' : 'phone.strip.hang_up')}
      </Button>
      {!rings && (
        <>
          <Button size="compact-sm" variant="default" aria-pressed={held} onClick={() => { phone.hold(!held); }}>
            <Kbd size="xs">F3</Kbd>&nbsp;{t(held ? 'phone.strip.resume' : 'phone.strip.hold')}
          </Button>
          <Button size="compact-sm" variant="default" aria-pressed={call.muted} onClick={() => { phone.mute(!call.muted); }}>
            <Kbd size="xs">F4</Kbd>&nbsp;{t(call.muted ? 'phone.strip.unmute' : 'phone.strip.mute')}
          </Button>
        </>
      )}
      <QualityFigure />
    </section>
  );
}

function usePhoneKeys(phone: PhoneView): void {
  useEffect(() => {
    const { call } = phone;
    if (call === null) return;
    const keys: Record<string, () => void> = {
      F2: call.phase === 'ringing' ? phone.answer : phone.hangUp,
      F3: () => { phone.hold(call.phase !== 'held'); },
      F4: () => { phone.mute(!call.muted); },
    };
    const press = (event: KeyboardEvent): void => {
      const act = keys[event.code];
      if (act === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault(); // F3 searches otherwise
      if (!event.repeat) act();
    };
    document.addEventListener('keydown', press);
    return () => { document.removeEventListener('keydown', press); };
  }, [phone]);
}
