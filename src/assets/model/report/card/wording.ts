import { counted, formatDuration, formatInstant } from '../../../../base/index.ts';

export const day = (instant: number): string =>
  Number.isFinite(instant) ? formatInstant(instant).slice(0, 10) : 'an unknown day';

/** `21 days`, `90 minutes`. */
export function duration(micros: number): string {
  const [, number, unit] = /^([\d.]+)(.)$/.exec(formatDuration(micros)) as unknown as [
    string,
    string,
    string,
  ];
  return counted(Number(number), { s: 'second', m: 'minute', h: 'hour', d: 'day' }[unit] as string);
}
