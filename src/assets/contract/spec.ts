import type { ColumnType, Micros } from '../../base/index.ts';

/** A rule about one cell. Null cells pass: whether null is allowed is the column's own matter. */
export type CellRule =
  /** min <= value <= max. */
  | { readonly rule: 'between'; readonly min: number; readonly max: number }
  | { readonly rule: 'oneOf'; readonly values: readonly string[] }
  /** A regular expression (RE2 syntax: no look-around, no back-references) found anywhere in the text. */
  | { readonly rule: 'matches'; readonly pattern: string };

export type ColumnSpec = {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly rules: readonly CellRule[];
  readonly description?: string;
  /** Personal data: masked wherever rows are shown. */
  readonly pii?: true;
};

/** A rule about the table as a whole, judged once per load. */
export type TableRule = { readonly rule: 'rowCount'; readonly min?: number; readonly max?: number };

/**
 * What happens with rows that break a rule: set aside with the reason, or nothing of the load is published, or they
 * are let in and counted. A row that has no form in the table (a cell that does not parse, a null where none may be)
 * is set aside under `warn` too.
 */
export type BreachPolicy = 'quarantine' | 'block' | 'warn';

/** What a source or table promises. */
export type ContractSpec = {
  readonly columns: readonly ColumnSpec[];
  /** Columns that together are unique and not null; [] for none. */
  readonly key: readonly string[];
  readonly eventTime?: string;
  /** The column that says when a row could first be known; null there means: not yet. */
  readonly availableAt?: string;
  /** Without such a column: how long after its event time a row could first be known. */
  readonly availableAfter: Micros;
  readonly owner?: string;
  /** The newest event may be this old, at most. */
  readonly fresh?: Micros;
  readonly tableRules: readonly TableRule[];
  readonly onBreach: BreachPolicy;
};
