import type { ColumnType } from '../../base/index.ts';
import { pointerOf } from './path.ts';
import type { CellRule, ColumnSpec, RuleNote } from './spec.ts';

/** A column as declared. `Value` is what JavaScript sees, `Null` whether it may be missing. */
export interface Column<Value, Null extends boolean = false> {
  readonly '~': { readonly value: Value; readonly nullable: Null; readonly spec: Omit<ColumnSpec, 'name'> };
  /** Lets cells be missing. Without it a missing cell is a broken rule. */
  nullable(): Column<Value, true>;
  /**
   * Where the value lies in rows that are JSON objects: `.at('customer.address.city')`, `.at('items[0].price')`, or as a JSON pointer
   * where a name holds a dot: `.at('/customer/a.b')`. What is not there is null. Default: the member of the column's name.
   */
  at(path: string): this;
  describe(text: string): this;
  /** Marks personal data: masked wherever rows are shown. */
  pii(): this;
  /**
   * Every value must stand in a column of another dataset: `.references(cards, 'card_id')`. It is looked up in what is live there when
   * the row comes in, so the other dataset is built first. What is set aside because the other row came later can be let in
   * by `millrace readmit`.
   */
  references<C extends Columns>(
    dataset: { readonly name: string; readonly columns: C },
    column: KeysOfCell<C, Value>,
  ): this;
  /** About the rule just before: its severity, its owner, what it is for. */
  rule(note: RuleNote): this;
}

/** Names of the columns whose values are of the sort of `Value`. */
export type KeysOfCell<C extends Columns, Value> = {
  [K in keyof C]: Wide<Exclude<CellOf<C[K]>, null>> extends Wide<Value>
    ? Wide<Value> extends Wide<Exclude<CellOf<C[K]>, null>>
      ? K
      : never
    : never;
}[keyof C] &
  string;
/** A set of texts is text. */
type Wide<T> = T extends string ? string : T;

export interface NumberColumn<Null extends boolean = false> extends Column<number, Null> {
  /** `min <= value <= max`. */
  between(min: number, max: number): this;
  nullable(): NumberColumn<true>;
}

export interface StringColumn<Value extends string = string, Null extends boolean = false>
  extends Column<Value, Null> {
  /** A regular expression in RE2 syntax (no look-around, no back-references), found anywhere unless anchored. */
  matches(pattern: RegExp): this;
  /** How many characters (Unicode code points), both ends counted; exactly `min` without `max`. */
  length(min: number, max?: number): this;
  oneOf<const V extends readonly string[]>(...values: V): StringColumn<V[number], Null>;
  nullable(): StringColumn<Value, true>;
}

// biome-ignore lint/suspicious/noExplicitAny: a record of columns of whatever type
export type Columns = Readonly<Record<string, Column<any, boolean>>>;

export type CellOf<C> = C extends { '~': { value: infer T; nullable: infer N } }
  ? N extends true
    ? T | null
    : T
  : never;

/** A row of a dataset as JavaScript sees it. */
export type Row<C extends Columns> = { [K in keyof C]: CellOf<C[K]> };

/** Names of columns. */
export type KeysOf<C extends Columns> = keyof C & string;
/** Names of the timestamp columns. */
export type TimeKeysOf<C extends Columns> = {
  [K in keyof C]: Exclude<CellOf<C[K]>, null> extends Date ? K : never;
}[keyof C] &
  string;
/** Names of the number columns. */
export type NumberKeysOf<C extends Columns> = {
  [K in keyof C]: Exclude<CellOf<C[K]>, null> extends number ? K : never;
}[keyof C] &
  string;

type Spec = Omit<ColumnSpec, 'name'>;

/** A pattern with its i, m and s flags written inside, where RE2 wants them. */
function re2(pattern: RegExp): string {
  const flags = pattern.flags.replace(/[^ims]/g, '');
  return flags === '' ? pattern.source : `(?${flags})${pattern.source}`;
}

/** What a note says, without what it leaves out. */
export function noted({ severity, owner, description }: RuleNote): RuleNote {
  return {
    ...(severity === undefined ? {} : { severity }),
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
  };
}

function column(spec: Spec): unknown {
  const rule = (added: CellRule): unknown => column({ ...spec, rules: [...spec.rules, added] });
  return Object.freeze({
    '~': Object.freeze({ spec: Object.freeze(spec) }),
    nullable: () => column({ ...spec, nullable: true }),
    at: (path: string) => column({ ...spec, at: pointerOf(path) }),
    describe: (description: string) => column({ ...spec, description }),
    pii: () => column({ ...spec, pii: true }),
    between: (min: number, max: number) => rule({ rule: 'between', min, max }),
    matches: (pattern: RegExp) => rule({ rule: 'matches', pattern: re2(pattern) }),
    oneOf: (...values: string[]) => rule({ rule: 'oneOf', values }),
    length: (min: number, max = min) => rule({ rule: 'length', min, max }),
    references: (dataset: { readonly name: string }, name: string) =>
      rule({ rule: 'references', dataset: dataset.name, column: name }),
    rule: (note: RuleNote) => {
      const last = spec.rules.at(-1);
      if (last === undefined) throw new TypeError('rule(…) is about the rule before it, and there is none');
      return column({ ...spec, rules: [...spec.rules.slice(0, -1), { ...last, ...noted(note) }] });
    },
  });
}

const of = (type: ColumnType): unknown => column({ type, nullable: false, rules: [] });

/**
 * Columns of a contract.
 * @example
 * columns: { id: col.string(), amount: col.double().between(0, 50_000), country: col.string().oneOf('US', 'DE').nullable() }
 */
export const col = Object.freeze({
  /** Text. */
  string: () => of('string') as StringColumn,
  /** A 64-bit number, never NaN or infinite. */
  double: () => of('double') as NumberColumn,
  /** A whole number within ±(2^53 − 1). */
  integer: () => of('integer') as NumberColumn,
  boolean: () => of('boolean') as Column<boolean>,
  /** An instant, kept in UTC with microseconds. Text without a zone is read as UTC. A `Date` in JavaScript. */
  timestamp: () => of('timestamp') as Column<Date>,
});

/** The plain form of a record of columns, in declared order. */
export function columnSpecs(columns: Columns): ColumnSpec[] {
  return Object.entries(columns).map(([name, c]) => ({ name, ...c['~'].spec }));
}
