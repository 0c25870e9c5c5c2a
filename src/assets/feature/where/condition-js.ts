import { bug, type ColumnType } from '../../../base/index.ts';
import { type Cell, cleanCell } from '../cell.ts';
import type { Comparison, ConditionSpec, Literal } from './condition.ts';
import { fitting } from './fitting.ts';

type Present = string | number | boolean;
/** Null is unknown. */
type Test = (cell: (column: string) => Cell) => boolean | null;

const comparisons: Readonly<Record<Comparison, (a: Present, b: Present) => boolean>> = {
  is: (a, b) => a === b,
  isNot: (a, b) => a !== b,
  above: (a, b) => a > b,
  atLeast: (a, b) => a >= b,
  below: (a, b) => a < b,
  atMost: (a, b) => a <= b,
};

/**
 * A condition that has no faults, as a predicate on the cells of one row: whether the row is taken. Gives the verdict of
 * `conditionSql`, to the last row. A timestamp is microseconds.
 */
export function compileCondition(
  spec: ConditionSpec,
  typeOf: (column: string) => ColumnType,
): (cell: (column: string) => Cell) => boolean {
  const test = compile(spec, typeOf);
  return (cell) => test(cell) === true;
}

function compile(spec: ConditionSpec, typeOf: (column: string) => ColumnType): Test {
  switch (spec.test) {
    case 'and':
    case 'or': {
      const parts = spec.of.map((part) => compile(part, typeOf));
      // The verdict of one part that settles the whole.
      const settled = spec.test === 'or';
      return (cell) => {
        let verdict: boolean | null = !settled;
        for (const part of parts) {
          const one = part(cell);
          if (one === settled) return settled;
          if (one === null) verdict = null;
        }
        return verdict;
      };
    }
    case 'not': {
      const inner = compile(spec.of, typeOf);
      return (cell) => {
        const verdict = inner(cell);
        return verdict === null ? null : !verdict;
      };
    }
    case 'isMissing':
      return (cell) => cleanCell(cell(spec.column)) === null;
    case 'isThere':
      return (cell) => cleanCell(cell(spec.column)) !== null;
    case 'startsWith':
      return there(spec.column, (value) => (value as string).startsWith(spec.text));
    case 'contains':
      return there(spec.column, (value) => (value as string).includes(spec.text));
    case 'oneOf': {
      const values = new Set(spec.values.map((value) => presentOf(value, typeOf(spec.column))));
      return there(spec.column, (value) => values.has(value));
    }
    case 'between': {
      const from = presentOf(spec.from, typeOf(spec.column));
      const to = presentOf(spec.to, typeOf(spec.column));
      return there(spec.column, (value) => value >= from && value <= to);
    }
    case 'is':
    case 'isNot':
    case 'above':
    case 'atLeast':
    case 'below':
    case 'atMost': {
      const { column, to } = spec;
      const compare = comparisons[spec.test];
      if (typeof to === 'object' && 'column' in to)
        return (cell) => {
          const value = cleanCell(cell(column));
          const other = cleanCell(cell(to.column));
          return value === null || other === null ? null : compare(value, other);
        };
      const literal = presentOf(to, typeOf(column));
      return there(column, (value) => compare(value, literal));
    }
    default:
      throw bug(`A condition that was not checked: ${JSON.stringify(spec)}.`);
  }
}

/** A test of a cell that is unknown where the cell is missing. */
function there(column: string, test: (value: Present) => boolean): Test {
  return (cell) => {
    const value = cleanCell(cell(column));
    return value === null ? null : test(value);
  };
}

function presentOf(literal: Literal, type: ColumnType): Present {
  const fit = fitting(literal, type);
  return typeof fit === 'object' ? fit.micros : fit;
}
