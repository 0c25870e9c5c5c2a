const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fourDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const percent = new Intl.NumberFormat('en-US', { style: 'percent', maximumSignificantDigits: 3 });

const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** What stands where a figure is undefined. */
export const NONE = '–';

/** 12345 → `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** A figure between 0 and 1 or so: `0.934`; small ones keep two digits that say something: `0.0021`. */
export function figure(value: number | null): string {
  if (value === null) return NONE;
  // A share of next to nothing, of a target that is 0 now and then say.
  if (Math.abs(value) >= 1e6) return value.toExponential(1);
  if (Math.abs(value) >= 1000) return whole.format(value);
  return value !== 0 && Math.abs(value) < 0.01 ? tiny(value) : value.toFixed(3);
}

/** An amount in some unit, four digits. */
export function amount(value: number | null): string {
  if (value === null) return NONE;
  return Math.abs(value) >= 1000 ? whole.format(value) : fourDigits.format(value);
}

/** For the ticks of an axis: 20,000 → `20K`. */
export function compact(value: number): string {
  return short.format(value);
}

/** A measured value in some unit, always four digits: `12.00`. */
export function measure(value: number | null): string {
  if (value === null) return NONE;
  return Math.abs(value) >= 1000 ? whole.format(value) : value === 0 ? '0' : value.toPrecision(4);
}

/** 0.0123 → `1.23 %`, which does not break. */
export function share(value: number | null): string {
  return value === null ? NONE : percent.format(value).replace('%', '\u00a0%');
}

function tiny(value: number): string {
  return Math.abs(value) < 1e-4 ? value.toExponential(1) : value.toPrecision(2);
}
