import type { ColumnType, JsonObject, Micros } from '../../base/index.ts';

/**
 * What any rule can say about itself. `severity` of a rule about rows: under `block` one broken row keeps the load from being
 * published; under `warn` broken rows are let in and counted; without it the contract's policy decides. Of a rule about the table:
 * whether its failing blocks or warns; without it, it blocks unless the policy is `warn`.
 */
export interface RuleNote {
  readonly severity?: 'block' | 'warn';
  readonly owner?: string;
  readonly description?: string;
}

/** A rule about one cell. Null cells pass: whether null is allowed is the column's own matter. */
export type CellRule = RuleNote &
  (
    | { readonly rule: 'between'; readonly min: number; readonly max: number }
    | { readonly rule: 'oneOf'; readonly values: readonly string[] }
    /** A regular expression (RE2 syntax: no look-around, no back-references) found anywhere in the text. */
    | { readonly rule: 'matches'; readonly pattern: string }
    /** Characters (Unicode code points), both ends counted. */
    | { readonly rule: 'length'; readonly min: number; readonly max: number }
    /** The value stands in this column of another dataset, as that is live when the row comes in. */
    | { readonly rule: 'references'; readonly dataset: string; readonly column: string }
  );

/**
 * A rule about one row as a whole: an SQL expression over its typed columns. False breaks it. A row passes where the expression is
 * null or fails, as with CHECK in SQL.
 */
export type RowRule = RuleNote & { readonly rule: 'where'; readonly name: string; readonly sql: string };

export type ColumnSpec = {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly rules: readonly CellRule[];
  /** Where in a JSON object the value lies, as a JSON pointer: `/customer/address/city`. Default: the member of the column's name. */
  readonly at?: string;
  readonly description?: string;
  /** Personal data: masked wherever rows are shown. */
  readonly pii?: true;
};

/** Bounds of a number, both ends counted. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Like what earlier loads brought: within `deviations` (of the median absolute deviation, scaled to a standard deviation) or within
 * `tolerance` (as a share of the expected number), whichever is wider. See history.ts.
 */
export interface LikeBefore {
  readonly tolerance: number;
  readonly deviations: number;
}

/** What a rule about the table holds a number against: fixed bounds, or history. */
export type Wanted = { readonly bounds: Bounds } | { readonly like: LikeBefore };

/**
 * A rule about the table as a whole, judged once per load: over all rows of the table as it would be afterwards. Only what is
 * held against history is measured over the rows that the load itself brings.
 */
export type TableRule = RuleNote &
  (
    | ({ readonly rule: 'rowCount' } & Bounds)
    | { readonly rule: 'rowCountLike'; readonly like: LikeBefore }
    /** No two rows have the same values there; rows with a null among them are not compared. */
    | { readonly rule: 'unique'; readonly columns: readonly string[] }
    /** The share of rows in which the column is null, from 0 to 1. */
    | { readonly rule: 'nullShare'; readonly column: string; readonly max: number }
    | { readonly rule: 'mean'; readonly column: string; readonly wanted: Wanted }
    /** `at` from 0 to 1; between two values the nearer ones are interpolated. */
    | { readonly rule: 'quantile'; readonly column: string; readonly at: number; readonly wanted: Wanted }
    /** A query that gives one number; `{table}` in it stands for the table's rows. */
    | { readonly rule: 'sql'; readonly name: string; readonly sql: string; readonly bounds: Bounds }
  );

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
  readonly rowRules?: readonly RowRule[];
  readonly tableRules: readonly TableRule[];
  readonly onBreach: BreachPolicy;
  /** What a data contract in the Open Data Contract Standard said beyond this. Takes no part in what is built. */
  readonly odcs?: JsonObject;
};
