import type { ColumnType } from '../../base/index.ts';

/** A value that `<` orders as SQL does; text as its bytes, since JavaScript orders by UTF-16 units and SQL by bytes in UTF-8. */
export type Ordered = bigint | number | Buffer;

/**
 * Values of these types are written by DuckLake so that the text is the very value. Others are rounded when they are read as a type of
 * ours (float32, decimal, nanoseconds) or told with a zone, so that a bound may lie on the wrong side of a value.
 */
const EXACT = /^(varchar|boolean|u?int(8|16|32)|int64|float64|date|timestamp(_s|_ms)?)$/;

/** Whether bounds of a column of DuckLake's type can be compared with values. */
export function hasExactText(lakeType: string): boolean {
  return EXACT.test(lakeType);
}

/** A value from DuckLake's text of it; undefined when the text is none that we understand. NaN is not ordered and not understood. */
export function storedValue(type: ColumnType, text: string): Ordered | undefined {
  switch (type) {
    case 'string':
      // Cut in the middle of a character, or not UTF-8 at all: which bytes it was is not known.
      return text.includes('\uFFFD') ? undefined : Buffer.from(text);
    case 'boolean':
      if (text === 'true' || text === '1') return 1n;
      return text === 'false' || text === '0' ? 0n : undefined;
    case 'integer':
      return /^-?\d{1,40}$/.test(text) ? BigInt(text) : undefined;
    case 'double':
      return floatOf(text);
    case 'timestamp':
      return microsOf(text);
  }
}

function floatOf(text: string): number | undefined {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return /^-?\d/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : undefined;
}

const STAMP = /^(\d{4,6})-(\d\d)-(\d\d)(?: (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?)?$/;

/** Microseconds since the epoch. Years before 1 have an era and those past 275,760 no Date: they are not understood. */
function microsOf(text: string): bigint | undefined {
  const parts = STAMP.exec(text);
  if (!parts) return undefined;
  const [, year = '', month, day, time = '00:00:00', fraction = ''] = parts;
  const whole = year.length === 4 ? year : `+${year.padStart(6, '0')}`;
  const millis = Date.parse(`${whole}-${month}-${day}T${time}Z`);
  return Number.isNaN(millis) ? undefined : BigInt(millis) * 1000n + BigInt(fraction.padEnd(6, '0'));
}
