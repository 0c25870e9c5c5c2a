import type { ColumnType } from '../../base/index.ts';

/** Least and greatest value of a column as DuckLake's text; undefined where nothing is known. */
export interface Bounds {
  readonly min: string | undefined;
  readonly max: string | undefined;
}

/** The bounds of two sets of values together. What is unknown of one is unknown of both. */
export function joinBounds(type: ColumnType, a: Bounds, b: Bounds): Bounds {
  return { min: chosen(type, a.min, b.min, -1), max: chosen(type, a.max, b.max, 1) };
}

function chosen(
  type: ColumnType,
  a: string | undefined,
  b: string | undefined,
  sign: 1 | -1,
): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  const order = compareValues(type, a, b);
  if (order === undefined) return undefined;
  return order * sign >= 0 ? a : b;
}

/** Orders two values given as text, as their type does; undefined when a text is not understood. */
export function compareValues(type: ColumnType, a: string, b: string): number | undefined {
  switch (type) {
    case 'string':
      // DuckDB orders text by its bytes in UTF-8, JavaScript by UTF-16 units: they differ beyond U+FFFF.
      return Buffer.compare(Buffer.from(a), Buffer.from(b));
    case 'boolean':
    case 'integer':
      return /^-?\d+$/.test(a) && /^-?\d+$/.test(b) ? sign(BigInt(a), BigInt(b)) : undefined;
    case 'double': {
      const [x, y] = [floatOf(a), floatOf(b)];
      return Number.isNaN(x) || Number.isNaN(y) ? undefined : sign(x, y);
    }
    case 'timestamp':
      // Texts sort as instants do while years have four digits and no era.
      return ISO.test(a) && ISO.test(b) ? sign(a, b) : undefined;
  }
}

const ISO = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/;

function floatOf(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return text.trim() === '' ? Number.NaN : Number(text);
}

function sign<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
