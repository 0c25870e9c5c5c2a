import type { ColumnState, FilePartition } from './lake.port.ts';
import { type Ordered, storedValue } from './stored-value.ts';

/** Where the values of a column lie in a file, both ends included; absent where nothing is known. */
export interface Ends {
  readonly min: Ordered | undefined;
  readonly max: Ordered | undefined;
}

/** What a file's partition tells of a column; `'null'`: that every row is null there. */
export function partitionBounds(column: ColumnState, partition: FilePartition): Ends | 'null' | undefined {
  const parts = new Map(
    partition.keys.flatMap(({ columnId, transform }, i) =>
      columnId === column.id ? [[transform, partition.values[i] ?? null]] : [],
    ),
  );
  const whole = parts.get('identity');
  if (whole === null) return 'null';
  if (whole !== undefined) {
    // NaN, and -0 beside 0, are left to the bounds.
    const value = column.type === 'double' ? undefined : storedValue(column.type, whole);
    return { min: value, max: value };
  }
  return column.type === 'timestamp' ? calendarBounds(parts) : undefined;
}

const units = ['year', 'month', 'day', 'hour'] as const;

/**
 * The span of a calendar year, of a month in it, and so on; a month of whatever year is none. Of infinity the calendar has no parts
 * either, so no year is no proof of nulls.
 */
function calendarBounds(parts: ReadonlyMap<string, string | null>): Ends | undefined {
  const known: number[] = [];
  for (const unit of units) {
    const text = parts.get(unit);
    if (text == null || !/^\d{1,4}$/.test(text)) break;
    known.push(Number(text));
  }
  if (known.length === 0) return undefined;
  const at = (later: number): bigint => {
    const [year = 0, month = 1, day = 1, hour = 0] = known.map((n, i) =>
      i === known.length - 1 ? n + later : n,
    );
    // Date.UTC takes a year below 100 for one of the 20th century.
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour);
    return BigInt(date.getTime()) * 1000n;
  };
  return { min: at(0), max: at(1) - 1n };
}
