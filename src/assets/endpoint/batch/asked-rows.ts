import {
  type ColumnType,
  type Instant,
  MillraceError,
  nearest,
  type Problem,
  quoteName,
} from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import { keyFault } from '../../feature/index.ts';
import type { InputPlan } from '../../model/index.ts';
import type { BatchSource } from './batch-source.ts';
import { refuseRows } from './row-faults.ts';
import { cellSql, type Wanted, wantedOf } from './wanted.ts';

/** As of when rows are asked about: an instant for all, or the column that says it. */
export type AsOf = { readonly at: Instant } | { readonly column: string };

/** What the rows of a source are to a batch: looked at, and found fit to be asked about. */
export interface FitRows {
  readonly rows: number;
  /** Whether the model's inputs stand in the source as they are, so that nothing is looked up. */
  readonly direct: boolean;
  /** The columns that say which row it was. */
  readonly keys: readonly string[];
  readonly wanted: readonly Wanted[];
}

/** The relation with all rows: `_n` in the order in which they are scored, `_row` from 1 on, `_at`, what is asked with, and the keys as `key:<name>`. */
export const ASKED = '_asked';

export const keyColumn = (name: string): string => quoteName(`key:${name}`);

/**
 * Looks whether all rows of a source can be asked about. `asOf`: the column of instants, if there is one.
 * @throws MILL_BATCH_COLUMNS, MILL_BATCH_ROWS: all that is amiss, at once
 */
export async function examineRows(
  session: Session,
  source: BatchSource,
  plan: InputPlan,
  asOf: string | undefined,
): Promise<FitRows> {
  const relation = source.relation(session);
  const described = await source.reading(() => session.describe(`select * from ${relation}`));
  const there = new Map(described.map(({ name, type }) => [name, type]));
  const direct = plan.columns.length > 0 && plan.columns.every(({ name }) => there.has(name));
  const wanted = wantedOf(plan, asOf, direct);
  const faults = wanted.flatMap((one) => columnFault(one, source, there));
  if (faults.length > 0) throw new MillraceError(faults);
  const rows = await source.reading(() => refuseRows(session, source, relation, wanted));
  const keys = [...new Set([...plan.keys, ...source.key])].filter((name) => there.has(name));
  return { rows, direct, keys, wanted };
}

/** Makes the temporary table of all rows that are asked about, typed. */
export async function askRows(
  session: Session,
  source: BatchSource,
  { keys, wanted }: FitRows,
  asOf: AsOf,
): Promise<void> {
  const at =
    'at' in asOf
      ? `${Math.trunc(asOf.at)}::BIGINT`
      : `epoch_us(${cellSql({ name: asOf.column, type: 'timestamp' }, source)})`;
  const selected = [
    ...wanted.map((one) => `${cellSql(one, source)} as ${quoteName(one.name)}`),
    ...keys.map((name) => `${quoteName(name)}::VARCHAR as ${keyColumn(name)}`),
  ];
  // By instant, so that what a piece looks up lies together.
  await source.reading(() =>
    session.run(
      `create or replace temp table ${ASKED} as
       select row_number() over (order by _at, _row) - 1 as _n, * from (
         select _row::BIGINT + 1 as _row, ${at} as _at${selected.map((one) => `, ${one}`).join('')} from ${source.relation(session)})`,
    ),
  );
}

const whole = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|integer)$/;
const numeric = /^(FLOAT|DOUBLE|DECIMAL\(.*\)|double)$/;
const instant = /^(TIMESTAMP.*|DATE|timestamp)$/;

/** Whether cells of an engine's type are of a column type, without a loss. */
function fits(found: string, wanted: ColumnType): boolean {
  switch (wanted) {
    case 'string':
      return /^(VARCHAR|string|ENUM.*|UUID)$/.test(found);
    case 'boolean':
      return /^boolean$/i.test(found);
    case 'timestamp':
      return instant.test(found);
    case 'integer':
      return whole.test(found);
    case 'double':
      return whole.test(found) || numeric.test(found);
  }
}

function columnFault(
  { name, type }: Wanted,
  source: BatchSource,
  there: ReadonlyMap<string, string>,
): Problem[] {
  const fault = (message: string, todo: string): Problem[] => [
    { code: 'MILL_BATCH_COLUMNS', message: `${source.name}: ${message}.`, todo, owner: 'data' },
  ];
  const found = there.get(name);
  if (found === undefined) {
    const near = nearest(name, there.keys());
    return fault(
      `there is no column '${name}'${near === undefined ? '' : `; there is '${near}'`}`,
      'Give it the column: entity keys and request fields, or else every input of the model.',
    );
  }
  if (source.text) return [];
  if (type !== undefined)
    return fits(found, type) ? [] : fault(`'${name}' is ${found}, not ${type}`, 'Bring it in that type.');
  const asColumn: ColumnType = instant.test(found) ? 'timestamp' : numeric.test(found) ? 'double' : 'string';
  const why = keyFault(asColumn);
  return why === undefined
    ? []
    : fault(`the key '${name}' is ${why}`, 'Bring keys as text, whole numbers or truth values.');
}
