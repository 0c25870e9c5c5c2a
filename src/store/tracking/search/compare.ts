import type { DatabaseValue } from '../../database.ts';
import { invalid } from '../tracking-problem.ts';
import type { Comparison, Operator } from './filter.ts';

/** A piece of SQL and what is bound in it. */
export interface Sql {
  readonly sql: string;
  readonly params: readonly DatabaseValue[];
}

/** Longest pattern of LIKE, in characters. SQLite takes 50,000 bytes. */
const LONGEST_PATTERN = 10_000;

export const NUMERIC: readonly Operator[] = ['=', '!=', '>', '>=', '<', '<='];
export const TEXT: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE'];
export const NULLS: readonly Operator[] = ['IS NULL', 'IS NOT NULL'];
export const LISTS: readonly Operator[] = ['IN', 'NOT IN'];

/** The value, a number; anything else is refused, and so is an operator that numbers do not have. */
export function numberOf({ key, operator, value }: Comparison, what: string): number {
  allow(operator, NUMERIC);
  if (typeof value !== 'number')
    throw invalid(`Expected numeric value type for ${what}: ${key}. Found ${JSON.stringify(value)}`);
  return value;
}

/** Refuses a condition that is not one of a text by one of these operators. */
export function wantText(
  { operator, value }: Comparison,
  operators: readonly Operator[],
  what: string,
): void {
  allow(operator, operators);
  if (typeof value === 'number')
    throw invalid(`Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${value}`);
  if (typeof value === 'string' && value.length > LONGEST_PATTERN && operator.endsWith('LIKE'))
    throw invalid(`A pattern has at most ${LONGEST_PATTERN} characters.`);
}

function allow(operator: Operator, operators: readonly Operator[]): void {
  if (!operators.includes(operator))
    throw invalid(`Invalid comparator '${operator}' not one of '${operators.join(', ')}'`);
}

/**
 * A comparison of an expression in SQL. LIKE is told apart by case, which SQLite's is not, so it becomes GLOB; ILIKE folds ASCII only,
 * as MLflow's on SQLite does.
 */
export function sqlCompare(expression: string, { operator, value }: Comparison): Sql {
  switch (operator) {
    case 'IS NULL':
    case 'IS NOT NULL':
      return { sql: `${expression} ${operator.toLowerCase()}`, params: [] };
    case 'IN':
    case 'NOT IN':
      return {
        sql: `${expression} ${operator.toLowerCase()} (select value from json_each(?))`,
        params: [JSON.stringify(value)],
      };
    case 'LIKE':
      return { sql: `${expression} glob ?`, params: [globOf(String(value))] };
    case 'ILIKE':
      return { sql: `${expression} like ?`, params: [String(value)] };
    default:
      return { sql: `${expression} ${operator} ?`, params: [value as string | number] };
  }
}

/** The value of a metric as MLflow keeps it, tells it and compares with it: of the infinities, the greatest numbers there are. */
export const toldValue = (column: string): string =>
  `max(min(${column}, ${Number.MAX_VALUE}), ${-Number.MAX_VALUE})`;

const globOf = (pattern: string): string =>
  pattern.replace(/[%_*?[]/g, (sign) => (sign === '%' ? '*' : sign === '_' ? '?' : `[${sign}]`));

/** The same comparison of a value at hand; what is null fits nothing but IS NULL. */
export function compare(left: string | number | null, { operator, value }: Comparison): boolean {
  if (operator === 'IS NULL') return left === null;
  if (operator === 'IS NOT NULL') return left !== null;
  if (left === null) return false;
  switch (operator) {
    case 'IN':
      return (value as readonly unknown[]).includes(left);
    case 'NOT IN':
      return !(value as readonly unknown[]).includes(left);
    case 'LIKE':
      return isLike(String(left), String(value));
    case 'ILIKE':
      return isLike(folded(String(left)), folded(String(value)));
    case '=':
      return left === value;
    case '!=':
      return left !== value;
    case '>':
      return (left as number) > (value as number);
    case '>=':
      return (left as number) >= (value as number);
    case '<':
      return (left as number) < (value as number);
    case '<=':
      return (left as number) <= (value as number);
  }
}

const folded = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether a text fits a pattern of LIKE: going back to the last `%` only, so in time of length by length at the most. */
export function isLike(text: string, pattern: string): boolean {
  const letters = [...text];
  const signs = [...pattern];
  let [at, sign, last, since] = [0, 0, -1, 0];
  while (at < letters.length) {
    if (signs[sign] === '%') {
      last = sign++;
      since = at;
    } else if (sign < signs.length && (signs[sign] === '_' || signs[sign] === letters[at])) {
      at++;
      sign++;
    } else if (last >= 0) {
      sign = last + 1;
      at = ++since;
    } else return false;
  }
  while (signs[sign] === '%') sign++;
  return sign === signs.length;
}

/** Conditions joined; true when there are none. */
export function allOf(conditions: readonly Sql[]): Sql {
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' and ') || 'true',
    params: conditions.flatMap(({ params }) => params),
  };
}
