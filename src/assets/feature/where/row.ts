import { deepFreeze, MillraceError } from '../../../base/index.ts';
import { type CellOf, type Columns, columnSpecs } from '../../contract/index.ts';
import { checkCondition, type Fault, sizeFaults } from './check-condition.ts';
import type { Comparison, ConditionSpec, Literal, Operand } from './condition.ts';

/**
 * Which rows an aggregate takes. A row is taken only where the condition is true. A missing cell makes a test of it unknown, and
 * unknown is not true: `isNot('x')` takes no row where the cell is missing, and neither does `not(row.c.is('x'))`; ask for such rows by
 * `.or(row.c.isMissing())`.
 */
export interface Condition {
  readonly '~condition': ConditionSpec;
  and(...others: readonly Condition[]): Condition;
  or(...others: readonly Condition[]): Condition;
  not(): Condition;
}

/** A column of a row, whose cells are of the sort of `Sort`. */
export interface ColumnRef<Sort> {
  readonly '~column': { readonly name: string; readonly sort?: Sort };
}

/** A set of texts is text. */
type SortOf<Value> = [Value] extends [string] ? string : Value;

/** A column of any type, in a condition. */
export interface RowColumn<Value> extends ColumnRef<SortOf<Value>> {
  is(value: Value | ColumnRef<SortOf<Value>>): Condition;
  /** Is there, and is another. */
  isNot(value: Value | ColumnRef<SortOf<Value>>): Condition;
  oneOf(...values: readonly [Value, ...(readonly Value[])]): Condition;
  /** No value; of a double also NaN and ±infinity. */
  isMissing(): Condition;
  isThere(): Condition;
}

/** A column of numbers or instants, in a condition. Instants after 2255 are told apart to within 16 microseconds. */
export interface OrderedRowColumn<Value> extends RowColumn<Value> {
  above(value: Value | ColumnRef<Value>): Condition;
  atLeast(value: Value | ColumnRef<Value>): Condition;
  below(value: Value | ColumnRef<Value>): Condition;
  atMost(value: Value | ColumnRef<Value>): Condition;
  /** `from <= value <= to`. */
  between(from: Value, to: Value): Condition;
}

/** A column of text, in a condition. Text is compared as it is: no case folding, no normal forms. */
export interface TextRowColumn<Value> extends RowColumn<Value> {
  /** Plain text, not a pattern. */
  startsWith(text: string): Condition;
  /** Plain text, not a pattern. */
  contains(text: string): Condition;
}

type RowColumnOf<Value> = [Value] extends [string]
  ? TextRowColumn<Value>
  : [Value] extends [number | Date]
    ? OrderedRowColumn<Value>
    : RowColumn<Value>;

/** The columns of a row, to make conditions from. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: RowColumnOf<Exclude<CellOf<C[K]>, null>> };

/**
 * The columns of a row, to make conditions from: `row.country.is('DE').and(row.amount.above(100))`.
 * @throws MILL_FEATURES_INVALID from the tests of its columns, when a value is not of the column's type.
 */
export function rowOf<const C extends Columns>(columns: C): RowOf<C> {
  const specs = columnSpecs(columns);
  const made = (spec: ConditionSpec): Condition => {
    refuse(checkCondition(spec, specs));
    return condition(spec);
  };
  const columnOf = (column: string): unknown => {
    const compare = (test: Comparison) => (value: unknown) => made({ test, column, to: operand(value) });
    return Object.freeze({
      '~column': Object.freeze({ name: column }),
      is: compare('is'),
      isNot: compare('isNot'),
      above: compare('above'),
      atLeast: compare('atLeast'),
      below: compare('below'),
      atMost: compare('atMost'),
      between: (from: unknown, to: unknown) =>
        made({ test: 'between', column, from: literal(from), to: literal(to) }),
      oneOf: (...values: unknown[]) => made({ test: 'oneOf', column, values: values.map(literal) }),
      startsWith: (text: string) => made({ test: 'startsWith', column, text }),
      contains: (text: string) => made({ test: 'contains', column, text }),
      isMissing: () => made({ test: 'isMissing', column }),
      isThere: () => made({ test: 'isThere', column }),
    });
  };
  return Object.freeze(
    Object.fromEntries(specs.map(({ name }) => [name, columnOf(name)])),
  ) as unknown as RowOf<C>;
}

/** True where the condition is false; unknown stays unknown. */
export function not(condition: Condition): Condition {
  specOf(condition);
  return condition.not();
}

/** A condition's plain form. @throws MILL_FEATURES_INVALID for what is none: true, say, or a function, which would take every row. */
export function specOf(condition: Condition): ConditionSpec {
  const spec = (condition as Partial<Condition> | null | undefined)?.['~condition'];
  if (spec === undefined)
    refuse([
      {
        message: `A condition is ${condition === null ? 'null' : condition === undefined ? 'missing' : `a ${typeof condition}`}.`,
        todo: "Make conditions from `row`: where(row.country.is('DE')).",
      },
    ]);
  return spec as ConditionSpec;
}

function condition(spec: ConditionSpec): Condition {
  const joined =
    (test: 'and' | 'or') =>
    (...others: readonly Condition[]) => {
      // A chain `a.and(b).and(c)` is one list, so that it is as deep as it looks.
      const parts = [spec, ...others.map(specOf)];
      const of = parts.flatMap((part) => (part.test === test ? part.of : [part]));
      return of.length === 1 ? condition(spec) : bounded({ test, of });
    };
  return Object.freeze({
    '~condition': deepFreeze(spec),
    and: joined('and'),
    or: joined('or'),
    not: () => bounded({ test: 'not', of: spec }),
  });
}

function bounded(spec: ConditionSpec): Condition {
  refuse(sizeFaults(spec));
  return condition(spec);
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw new MillraceError(
    faults.map(({ message, todo }) => ({
      code: 'MILL_FEATURES_INVALID',
      message,
      todo,
      owner: 'project',
    })),
  );
}

/** A user's value in its plain form. What is of no type we know stays as it is, for the check to refuse. */
function literal(value: unknown): Literal {
  // −0 does not survive JSON, and equals 0.
  if (typeof value === 'number') return value + 0;
  return (value instanceof Date ? { micros: value.getTime() * 1000 } : value) as Literal;
}

function operand(value: unknown): Operand {
  const column = (value as Partial<ColumnRef<unknown>> | null | undefined)?.['~column'];
  return column === undefined ? literal(value) : { column: column.name };
}
