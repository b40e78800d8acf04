// Times and numbers as the centre writes them: mm:ss, 24 hours, Asia/Almaty, +7 701 123 45 67. Pure.

const ZONE = 'Asia/Almaty';
const CLOCK = new Intl.DateTimeFormat('ru-RU', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const HOUR = new Intl.DateTimeFormat('ru-RU', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat('ru-RU', { timeZone: ZONE, day: '2-digit', month: '2-digit' });

export const clock = (at: string | number): string => CLOCK.format(new Date(at));
export const hour = (at: string | number): string => HOUR.format(new Date(at));
export const day = (at: string | number): string => DAY.format(new Date(at));

/** 0:07, 1:37, 62:05: minutes are never folded into hours, a wait is a wait. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')}`;
}

export function phone(number: string): string {
  const digits = number.replace(/\D/g, '');
  const local = digits.length === 11 && (digits.startsWith('7') || digits.startsWith('8')) ? digits.slice(1) : digits;
  if (local.length !== 10) return number;
  return `+7 ${local.slice(0, 3)} ${local.slice(3, 6)} ${local.slice(6, 8)} ${local.slice(8)}`;
}

/** 0,94 in Russian and Kazakh, 0.94 in English. */
export function share(value: number, language: string): string {
  const text = value.toFixed(2);
  return language === 'en' ? text : text.replace('.', ',');
}

/** 9,4 с below a minute, 1:37 above. `unit` is the word for seconds. */
export function duration(seconds: number, language: string, unit: string): string {
  if (seconds >= 59.95) return span(Math.round(seconds));
  const text = seconds.toFixed(1);
  return `${language === 'en' ? text : text.replace('.', ',')} ${unit}`;
}

/** 0.00099 is 0,10 %. */
export function percent(value: number, language: string): string {
  return `${share(100 * value, language)}\u00a0%`; // the figure and its sign stay on one line
}
