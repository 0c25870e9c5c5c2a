import { invalid } from '../tracking-problem.ts';
import { type Token, tokensOf } from './filter-tokens.ts';

export const operators = [
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'LIKE',
  'ILIKE',
  'IN',
  'NOT IN',
  'IS NULL',
  'IS NOT NULL',
] as const;

export type Operator = (typeof operators)[number];

/** What stands left of an operator: `metrics.auc` is the key `auc` of the entity `metrics`; a name without a dot has none. */
export interface FieldName {
  readonly entity: string | undefined;
  readonly key: string;
}

/** One condition. The value is null for IS NULL and IS NOT NULL, a list for IN and NOT IN. */
export interface Comparison extends FieldName {
  readonly operator: Operator;
  readonly value: string | number | readonly string[] | null;
}

/** Most conditions that one filter may have: SQLite nests them. */
const MOST = 200;

/**
 * MLflow's filter: conditions joined by AND. It has no OR and no brackets but around lists, so a list of conditions is all there is.
 * @throws MILL_TRACKING_INVALID
 */
export function parseFilter(filter: string): Comparison[] {
  const tokens = tokensOf(filter);
  const comparisons: Comparison[] = [];
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const isWord = (token: Token | undefined, word: string): boolean =>
    token?.kind === 'name' && token.text.toUpperCase() === word;
  const word = (wanted: string): boolean => {
    if (!isWord(peek(), wanted)) return false;
    at++;
    return true;
  };
  const wrong = (what: string) =>
    invalid(
      `Invalid comparison clause. Expected ${what} found '${peek()?.text.slice(0, 60) ?? 'the end'}' in filter '${filter.slice(0, 200)}'.`,
    );

  function field(): FieldName {
    const token = peek();
    at++;
    if (token?.kind === 'string' && token.double) return { entity: undefined, key: token.value };
    if (token?.kind !== 'name') {
      at--;
      throw wrong("'Identifier'");
    }
    const [first = '', key] = token.parts;
    return key === undefined ? { entity: undefined, key: first } : { entity: first, key };
  }

  function operator(): Operator {
    const token = peek();
    if (token?.kind === 'sign') {
      const sign = operators.find((known) => known === token.text);
      if (sign === undefined) throw invalid(`Invalid comparator '${token.text.slice(0, 20)}' in filter.`);
      at++;
      return sign;
    }
    if (word('LIKE')) return 'LIKE';
    if (word('ILIKE')) return 'ILIKE';
    if (word('IN')) return 'IN';
    if (word('NOT')) {
      if (word('IN')) return 'NOT IN';
      throw wrong("'IN' after NOT");
    }
    if (word('IS')) {
      const not = word('NOT');
      if (word('NULL')) return not ? 'IS NOT NULL' : 'IS NULL';
      throw wrong("'NULL' after IS");
    }
    throw wrong('comparison');
  }

  function list(): string[] {
    const values: string[] = [];
    if (peek()?.text !== '(') throw wrong('a list in brackets');
    do {
      at++;
      const token = peek();
      if (token?.kind === 'sign' && token.text === ')' && values.length > 0) break;
      if (token?.kind !== 'string')
        throw invalid(
          `While parsing a list in the query, expected a non-empty list of string values, but got ${token?.text.slice(0, 60) ?? 'the end'}.`,
        );
      values.push(token.value);
      at++;
    } while (peek()?.text === ',');
    if (peek()?.text !== ')') throw wrong("')'");
    at++;
    return values;
  }

  function value(of: Operator): Comparison['value'] {
    if (of === 'IS NULL' || of === 'IS NOT NULL') return null;
    if (of === 'IN' || of === 'NOT IN') return list();
    const token = peek();
    if (token?.kind !== 'string' && token?.kind !== 'number') throw wrong('a value in quotes, or a number,');
    at++;
    return token.value;
  }

  while (at < tokens.length) {
    if (comparisons.length > 0 && !word('AND')) throw invalid(clauses(tokens.slice(at)));
    if (comparisons.length === MOST) throw invalid(`A filter has at most ${MOST} conditions.`);
    const name = field();
    const by = operator();
    comparisons.push({ ...name, operator: by, value: value(by) });
  }
  return comparisons;
}

/** A text as a filter has it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const clauses = (rest: readonly Token[]): string =>
  `Invalid clause(s) in filter string: ${rest
    .slice(0, 5)
    .map(({ text }) => `'${text.slice(0, 60)}'`)
    .join(', ')}`;
