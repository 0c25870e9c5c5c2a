import { type ColumnType, quoteText } from '../../base/index.ts';

// How a raw cell becomes a typed value, in SQL, in two steps so that the first result is computed once. Where the cell has
// no form in the type the value is null: "the cell is there, the value is not" is the broken rule. The JavaScript twin of the
// text rules is enforce.oracle.ts.

export interface Reading {
  /** Over the raw cell. */
  readonly parse: string;
  /** Over the result of `parse`. */
  readonly settle: (parsed: string) => string;
}

/** A cell without the ASCII white space around it. Numbers, booleans and timestamps drop it; text keeps every character. */
export function trimmed(cell: string): string {
  return `trim(${cell}, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13))`;
}

/** Up to this many, comparing one by one beats a list (per row 4 ns a text beside 13 for the list). */
const SHORT_LIST = 3;
/** Above this a cast to an enum, which looks up in a hash table, beats going through the list for every row. */
const LONG_LIST = 100;

/**
 * Whether a text is one of several; null for null. Not `in (…)`: DuckDB makes a join of a long list, and a join holds back small
 * chunks, so that the last rows of a file come after rows of others. Where a row stands in its file is told by its place among them.
 */
export function among(value: string, texts: readonly string[]): string {
  const distinct = [...new Set(texts)].map(quoteText);
  if (distinct.length > 0 && distinct.length <= SHORT_LIST)
    return `(${distinct.map((text) => `${value} = ${text}`).join(' or ')})`;
  const list = distinct.join(', ');
  if (distinct.length <= LONG_LIST) return `list_contains([${list}]::VARCHAR[], ${value})`;
  return `case when ${value} is not null then try_cast(${value} as ENUM(${list})) is not null end`;
}

const DATE_PART = '(000[1-9]|00[1-9]\\d|0[1-9]\\d\\d|[1-9]\\d{3})-\\d\\d-\\d\\d';
const MINUTES = '([01]\\d|2[0-3]):[0-5]\\d';
const ZONE = '(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?)';
/** A date, or date and time to the minute, second or nanosecond; with seconds perhaps a zone. */
const INSTANT = `${DATE_PART}([T ]${MINUTES}(:[0-5]\\d(\\.\\d{1,9})?${ZONE}?)?)?`;
/** The one form of ISO 8601 taken here that DuckDB's own cast does not know: a zone right after the minutes. */
const MINUTES_AND_ZONE = `${DATE_PART}[T ]${MINUTES}${ZONE}`;

const LARGEST_WHOLE = String(Number.MAX_SAFE_INTEGER);

/**
 * A text read as a type:
 * - string: as it is.
 * - double: decimal digits with `.`, sign and exponent; no NaN, no infinity, no decimal comma, no digit separators.
 * - integer: a double that is whole and within ±(2^53 − 1), so `1.0` and `1e3` are integers: data-frame libraries write
 *   whole numbers so as soon as one of them is missing.
 * - boolean: true, t, yes, y, 1, false, f, no, n, 0, in any case.
 * - timestamp: ISO 8601 with T or a space. Without a zone it is UTC; digits after the microseconds are cut off. No leap
 *   second, no 24:00, years 1 to 9999.
 */
export function readText(type: ColumnType, cell: string): Reading {
  switch (type) {
    case 'string':
      return { parse: cell, settle: same };
    case 'double':
      return { parse: numberOf(cell), settle: (p) => finite(p, notPlusMinus(p, cell)) };
    case 'integer':
      return { parse: numberOf(cell), settle: (p) => whole(p, notPlusMinus(p, cell)) };
    case 'boolean': {
      const when = (words: string[], value: boolean) =>
        words.map((w) => `when '${w}' then ${value}`).join(' ');
      const words = `${when(['true', 't', 'yes', 'y', '1'], true)} ${when(['false', 'f', 'no', 'n', '0'], false)}`;
      // Trimming and lowering every cell would cost ten times as much as comparing it as it is.
      return {
        parse: `case ${cell} ${words} else case lower(${trimmed(cell)}) ${words} end end`,
        settle: same,
      };
    }
    case 'timestamp': {
      const text = trimmed(cell);
      return {
        parse:
          `case when regexp_full_match(${cell}, ${quoteText(INSTANT)}) then ${utc(cell)} ` +
          `when regexp_full_match(${text}, ${quoteText(INSTANT)}) then ${utc(text)} ` +
          `when regexp_full_match(${text}, ${quoteText(MINUTES_AND_ZONE)}) ` +
          `then ${utc(`(${text}[:16] || ':00' || ${text}[17:])`)} end`,
        settle: same,
      };
    }
  }
}

const INTEGERS = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT)$/;
const NARROW_INTEGERS = /^(TINYINT|SMALLINT|INTEGER|UTINYINT|USMALLINT|UINTEGER)$/;

/**
 * A typed cell (of Parquet, by DuckDB's name of its type) read as a column's type, or undefined when that type cannot become
 * the column's. Where most values fit but not all (a 64-bit integer as a double, a double as an integer, a decimal as a
 * double), each value is judged: what does not come through whole has no form. Nanoseconds are cut to microseconds.
 */
export function readTyped(physical: string, type: ColumnType, cell: string): Reading | undefined {
  const decimal = /^DECIMAL\(/.test(physical);
  const float = physical === 'FLOAT' || physical === 'DOUBLE';
  const integer = INTEGERS.test(physical);
  switch (type) {
    case 'string':
      if (physical === 'VARCHAR') return { parse: cell, settle: same };
      if (integer || physical === 'UUID' || physical.startsWith('ENUM('))
        return { parse: `${cell}::VARCHAR`, settle: same };
      return undefined;
    case 'double':
      if (float || NARROW_INTEGERS.test(physical))
        return { parse: `${cell}::DOUBLE`, settle: (p) => finite(p) };
      if (integer) return { parse: inside(cell, `${cell}::DOUBLE`), settle: same };
      if (decimal)
        return {
          parse: `case when try_cast(${cell}::DOUBLE as ${physical}) = ${cell} then ${cell}::DOUBLE end`,
          settle: same,
        };
      return undefined;
    case 'integer':
      if (NARROW_INTEGERS.test(physical)) return { parse: `${cell}::BIGINT`, settle: same };
      if (integer) return { parse: inside(cell, `${cell}::BIGINT`), settle: same };
      if (decimal)
        return {
          parse: `case when ${cell} = trunc(${cell}) then ${cell}::DOUBLE end`,
          settle: (p) => whole(p),
        };
      if (float) return { parse: `${cell}::DOUBLE`, settle: (p) => whole(p) };
      return undefined;
    case 'boolean':
      return physical === 'BOOLEAN' ? { parse: cell, settle: same } : undefined;
    case 'timestamp':
      if (physical === 'TIMESTAMP WITH TIME ZONE')
        return {
          parse: `case when isfinite(${cell}) then make_timestamp(epoch_us(${cell})) end`,
          settle: same,
        };
      if (/^(TIMESTAMP|TIMESTAMP_S|TIMESTAMP_MS|TIMESTAMP_NS|DATE)$/.test(physical))
        return { parse: `${cell}::TIMESTAMP`, settle: (p) => finite(p) };
      return undefined;
  }
}

/** DuckDB's cast takes `1_000` and `+-1` too; both are refused: here, and by `notPlusMinus`. */
function numberOf(cell: string): string {
  return `case when not contains(${cell}, '_') then try_cast(${cell} as DOUBLE) end`;
}

/** `+-` never makes a number above zero, so only the others are searched for it: that costs as much as reading the number. */
function notPlusMinus(parsed: string, cell: string): string {
  return `case when ${parsed} > 0 then true else not contains(${cell}, '+-') end`;
}

/**
 * Through TIMESTAMPTZ, because a cast to TIMESTAMP drops the offset without a word. Never without the pattern before it:
 * after a row with a zone's name, DuckDB 1.5 reads later rows in that zone. Back by the number: `at time zone 'UTC'` goes
 * through a calendar and takes three times as long as the cast.
 */
function utc(text: string): string {
  return `make_timestamp(epoch_us(try_cast(${text} as TIMESTAMPTZ)))`;
}

function same(parsed: string): string {
  return parsed;
}

function finite(parsed: string, also = 'true'): string {
  return `case when isfinite(${parsed}) and ${also} then ${parsed} end`;
}

function whole(parsed: string, also = 'true'): string {
  return `case when abs(${parsed}) <= ${LARGEST_WHOLE} and ${parsed} = trunc(${parsed}) and ${also} then ${parsed}::BIGINT end`;
}

function inside(cell: string, value: string): string {
  return `case when ${cell} between -${LARGEST_WHOLE} and ${LARGEST_WHOLE} then ${value} end`;
}
