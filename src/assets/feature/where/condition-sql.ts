import { bug, type ColumnType, instantLiteral, quoteText } from '../../../base/index.ts';
import type { Comparison, ConditionSpec, Literal } from './condition.ts';
import { fitting } from './fitting.ts';

const comparisons: Readonly<Record<Comparison, string>> = {
  is: '=',
  isNot: '<>',
  above: '>',
  atLeast: '>=',
  below: '<',
  atMost: '<=',
};

/**
 * A condition that has no faults, as a DuckDB expression that is true, false or null (unknown): `count(*) filter (where …)`. Gives the
 * verdict of `compileCondition`.
 * @param sqlOf the expression of a column, of its type.
 */
export function conditionSql(
  spec: ConditionSpec,
  typeOf: (column: string) => ColumnType,
  sqlOf: (column: string) => string,
): string {
  const write = (part: ConditionSpec): string => {
    switch (part.test) {
      case 'and':
      case 'or':
        return `(${part.of.map(write).join(` ${part.test} `)})`;
      case 'not':
        return `(not ${write(part.of)})`;
      case 'isMissing':
        return `(${cell(part.column)} is null)`;
      case 'isThere':
        return `(${cell(part.column)} is not null)`;
      case 'startsWith':
        return `starts_with(${cell(part.column)}, ${quoteText(part.text)})`;
      case 'contains':
        return `contains(${cell(part.column)}, ${quoteText(part.text)})`;
      case 'oneOf': {
        const [value, ...literals] = against(part.column, part.values);
        return `(${value} in (${literals.join(', ')}))`;
      }
      case 'between': {
        const [value, from, to] = against(part.column, [part.from, part.to]);
        return `(${value} between ${from} and ${to})`;
      }
      case 'is':
      case 'isNot':
      case 'above':
      case 'atLeast':
      case 'below':
      case 'atMost': {
        const sign = comparisons[part.test];
        if (typeof part.to === 'object' && 'column' in part.to)
          return `(${asNumber(part.column)} ${sign} ${asNumber(part.to.column)})`;
        const [value, literal] = against(part.column, [part.to]);
        return `(${value} ${sign} ${literal})`;
      }
      default:
        throw bug(`A condition that was not checked: ${JSON.stringify(part)}.`);
    }
  };
  /** A cell, as `cleanCell`: NaN and ±infinity are no value. −0 needs nothing, for it equals 0 in the engine too. */
  const cell = (column: string): string => {
    const sql = sqlOf(column);
    return typeOf(column) === 'double' ? `(case when isfinite(${sql}) then ${sql} end)` : sql;
  };
  /**
   * A cell as JavaScript has it. There an instant is a double, exact until 2255; beyond, the engine must round as JavaScript does to
   * come to the same verdict.
   */
  const asNumber = (column: string): string =>
    typeOf(column) === 'timestamp' ? `cast(epoch_us(${sqlOf(column)}) as DOUBLE)` : cell(column);
  /** A cell and the literals it is held against. */
  const against = (column: string, literals: readonly Literal[]): string[] => {
    const type = typeOf(column);
    const fit = literals.map((literal) => fitting(literal, type));
    // Rounding keeps order and never crosses an exact number: it matters only where the literal itself is beyond the exact ones.
    const exact = fit.every((literal) => typeof literal !== 'object' || Number.isSafeInteger(literal.micros));
    if (exact) return [cell(column), ...fit.map(literalSql)];
    return [
      asNumber(column),
      ...fit.map((literal) => numberSql(typeof literal === 'object' ? literal.micros : Number(literal))),
    ];
  };
  return write(spec);
}

function literalSql(literal: Literal): string {
  if (typeof literal === 'string') return quoteText(literal);
  if (typeof literal === 'boolean') return String(literal);
  return typeof literal === 'number' ? numberSql(literal) : instantLiteral(literal.micros);
}

/** Bare `1.5` would be a decimal, with rules of its own. */
function numberSql(value: number): string {
  return Number.isSafeInteger(value) ? `cast(${value} as BIGINT)` : `cast('${value}' as DOUBLE)`;
}
