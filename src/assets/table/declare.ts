import {
  type Duration,
  formatInstant,
  MillraceError,
  parseDuration,
  parseInstant,
} from '../../base/index.ts';
import { declaredAt } from '../../graph/index.ts';
import {
  type Column,
  type Columns,
  type Contract,
  type ContractSpec,
  col,
  columnSpecs,
  contractSpec,
  type Dataset,
  type Partitioned,
  partitionSpec,
  referencedDatasets,
  type TimeKeysOf,
} from '../contract/index.ts';
import {
  type HistorySpec,
  type IncrementalSpec,
  type QueryPart,
  type TableBody,
  usesOf,
  VALID_FROM,
  VALID_TO,
} from './spec.ts';

/** A query with datasets in it, made by the tag `sql`. */
export interface Sql {
  readonly parts: readonly QueryPart[];
}

type Reference = Dataset<string, Columns>;

/** A dataset's rows in the interval that is built; made by `within`. */
export interface Within {
  readonly within: string;
  readonly before: number;
  readonly after: number;
}

/**
 * In the query of an incremental table: the rows of a dataset whose event time lies in the interval that is built. With `before` or `after`
 * also the rows so far outside of it, for what looks back over rows (a moving average) or ahead.
 * @example
 * sql`select date_trunc('day', paid_at) as day, sum(amount) as spent from ${within(payments)} group by day`
 */
export function within(
  // biome-ignore lint/suspicious/noExplicitAny: a dataset of whatever columns
  dataset: Dataset<string, any>,
  reach: { before?: Duration; after?: Duration } = {},
): Within {
  const micros = (length: Duration | undefined): number => (length === undefined ? 0 : parseDuration(length));
  return Object.freeze({ within: dataset.name, before: micros(reach.before), after: micros(reach.after) });
}

/**
 * SQL over other datasets. A dataset in `${}` stands for its rows; text, numbers, booleans and dates become literals.
 * @example
 * sql`select card_id, sum(amount) as spent from ${payments} where amount > ${10} group by card_id`
 */
export function sql(
  texts: TemplateStringsArray,
  // biome-ignore lint/suspicious/noExplicitAny: a dataset of whatever columns
  ...values: (Dataset<string, any> | Within | string | number | boolean | Date)[]
): Sql {
  const parts: QueryPart[] = [];
  texts.forEach((text, i) => {
    parts.push({ text });
    const value = values[i];
    if (value === undefined) return;
    if (value instanceof Date) parts.push({ timestamp: formatInstant(value.getTime() * 1000) });
    else if (typeof value !== 'object') parts.push({ literal: value });
    else if ('within' in value) parts.push({ ...value });
    else parts.push({ dataset: (value as Reference).name });
  });
  return Object.freeze({ parts: Object.freeze(parts) });
}

/** A table that is built by intervals of its event time: only those that new rows touch are built again. */
export interface Incremental {
  /** The length of an interval: `'1d'`, `'1h'`. They begin at whole multiples of it since 1970-01-01T00:00Z. */
  every: Duration;
  /** The first instant it is built for: `'2024-01-01'` or `'2024-01-01T06:00:00Z'`. Default: the first row there is. */
  from?: string;
  /**
   * Intervals that end this long before the newest one are closed. Rows that come for them later are counted by the check `late rows`, and taken
   * in by a back-fill. Default: no interval is ever closed, and the table is what it would be if it were built as a whole.
   */
  lookBack?: Duration;
  /**
   * What becomes of it when a dataset changes that its query does not see by `within`: it is built anew (`rebuild`, the default), or nothing,
   * and each interval keeps what it was built from (`keep`).
   */
  onLookupChange?: 'rebuild' | 'keep';
}

/** A table that keeps every period in which a row of its query was another (a slowly changing dimension of type 2). */
export interface Historic<C extends Columns> {
  /** The column that says since when a row is as it is. Default: since the run that saw it. */
  changedAt?: TimeKeysOf<C>;
}

/** The columns of a table with history: those of its query, and from when to when each row was so. `valid_to` is null where it still is. */
export type WithHistory<C extends Columns> = C & {
  readonly [VALID_FROM]: Column<Date>;
  readonly [VALID_TO]: Column<Date, true>;
};

type TableColumns<C extends Columns, H> = H extends undefined ? C : WithHistory<C>;

/**
 * A dataset made by SQL from others, under a contract of its own. With `incremental` it is built by intervals of its event time; with `history`
 * it keeps how a row of the query was, period by period.
 * @throws MILL_TABLE_INTERVALS when `incremental.from` is no instant; MILL_DURATION_INVALID
 * @example
 * const spending = table('spending', {
 *   columns: { card_id: col.string(), spent: col.double() },
 *   key: 'card_id',
 *   query: sql`select card_id, sum(amount) as spent from ${payments} group by card_id`,
 * });
 * const daily = table('daily', {
 *   columns: { day: col.timestamp(), spent: col.double() },
 *   key: 'day', eventTime: 'day',
 *   incremental: { every: '1d' },
 *   query: sql`select date_trunc('day', paid_at) as day, sum(amount) as spent from ${within(payments)} group by day`,
 * });
 * const prices = table('prices', {
 *   columns: { product: col.string(), price: col.double() },
 *   key: 'product',
 *   history: {},
 *   query: sql`select product, price from ${products}`,
 * });
 */
export function table<
  const Name extends string,
  C extends Columns,
  H extends Historic<C> | undefined = undefined,
>(
  name: Name,
  options: Contract<C> & Partitioned<C> & { query: Sql; incremental?: Incremental; history?: H },
): Dataset<Name, TableColumns<C, H>> {
  const { owner, description, incremental, history } = options;
  const asDeclared = contractSpec(options);
  const changedAt = history?.changedAt;
  const past: HistorySpec | undefined = history && {
    key: asDeclared.key,
    ...(changedAt === undefined ? {} : { changedAt }),
  };
  const body: TableBody = {
    contract: past ? withValidity(asDeclared) : asDeclared,
    query: options.query.parts,
    ...(incremental ? { incremental: incrementalSpec(name, incremental) } : {}),
    ...(past ? { history: past } : {}),
    ...partitionSpec(options.partitionBy),
  };
  const inputs = new Set([
    ...usesOf(body.query).map(({ dataset }) => dataset),
    ...referencedDatasets(body.contract),
  ]);
  return Object.freeze({
    kind: 'table',
    name,
    columns: (past ? { ...options.columns, ...validity } : options.columns) as TableColumns<C, H>,
    '~': {
      nodes: [
        {
          kind: 'table',
          name,
          inputs: [...inputs],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  });
}

/** As the compiler and the engine see them. */
const validity = { [VALID_FROM]: col.timestamp(), [VALID_TO]: col.timestamp().nullable() };

/** The contract of the table that keeps the periods: one is known by its key and its beginning. */
function withValidity(contract: ContractSpec): ContractSpec {
  return {
    ...contract,
    columns: [...contract.columns, ...columnSpecs(validity)],
    key: [...contract.key, VALID_FROM],
    eventTime: contract.eventTime ?? VALID_FROM,
  };
}

function incrementalSpec(
  name: string,
  { every, from, lookBack, onLookupChange }: Incremental,
): IncrementalSpec {
  return {
    every: parseDuration(every),
    ...(from === undefined ? {} : { from: instantOf(name, from) }),
    ...(lookBack === undefined ? {} : { lookBack: parseDuration(lookBack) }),
    ...(onLookupChange === 'keep' ? { keepLookups: true } : {}),
  };
}

function instantOf(name: string, text: string): number {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw new MillraceError({
    code: 'MILL_TABLE_INTERVALS',
    message: `'${text}', from which '${name}' is to be built, is no instant.`,
    todo: "Write a day or an instant in UTC: '2024-01-01' or '2024-01-01T06:00:00Z'.",
    owner: 'project',
    asset: name,
    place: declaredAt(),
  });
}
