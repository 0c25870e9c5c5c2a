import { rmSync } from 'node:fs';
import { quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { ColumnState, PartitionKey, StagedFile } from '../../../store/lake/index.ts';
import {
  type ContractSpec,
  contestedKeysSql,
  enforceSql,
  keyColumns,
  risingKeysSql,
  tableWith,
} from '../../contract/index.ts';
import type { LoadContext } from './judge-batch.ts';
import type { PreparedFile } from './prepared-file.ts';
import { groupsOf, rawRelation } from './raw-relation.ts';

/** A batch in which every row keeps the whole contract, as it stands in the table's new files. */
export interface SoundBatch {
  readonly files: readonly StagedFile[];
  /** Its rows as a relation: `v0`, `v1`, … and `_load`. */
  readonly rows: string;
  /** Rows by file number. */
  readonly counts: ReadonlyMap<number, number>;
}

/**
 * Reads, judges and writes a batch in one pass, as long as no row breaks a rule: the first that does stops it, and the batch is gone
 * through in the way that can set rows aside, which keeps every judged row meanwhile and costs about twice as much. Undefined then,
 * and where files are not alike, since rows are written in the order of delivery. Any failure is found again, and told, on that way.
 * `loads` is an SQL list of load ids by file number; `existing` are relations of keys.
 */
export async function soundBatch(
  { session, contract, nulls }: LoadContext,
  files: readonly PreparedFile[],
  target: {
    readonly folder: string;
    readonly columns: readonly ColumnState[];
    readonly partitionBy?: readonly PartitionKey[];
  },
  loads: string,
  existing: readonly string[],
): Promise<SoundBatch | undefined> {
  const [group, ...others] = groupsOf(files);
  if (group === undefined || others.length > 0) return undefined;
  const list = contract.columns.map((column, i) => `v${i} as ${quoteName(column.name)}`).join(', ');
  const judged = enforceSql(contract, rawRelation(contract, group, nulls));
  const load = `case when _rules is null then ${loads}[_file + 1] else error('a broken rule') end as _load`;
  let staged: StagedFile[];
  try {
    const { folder, columns, ...options } = target;
    staged = await session.write(folder, columns, `select ${list}, ${load} from (${judged})`, options);
  } catch {
    return undefined;
  }
  const written = session.scan(tableWith(target.columns, [], staged));
  const values = contract.columns.map((column, i) => `${quoteName(column.name)} as v${i}`).join(', ');
  const rows = `(select ${values}, _load from ${written})`;
  try {
    if (keyColumns(contract).length > 0 && !(await hasDistinctKeys(session, contract, rows, existing))) {
      remove(staged);
      return undefined;
    }
    return { files: staged, rows, counts: await countRows(session, rows, group, staged) };
  } catch (error) {
    remove(staged);
    throw error;
  }
}

async function hasDistinctKeys(
  session: Session,
  contract: ContractSpec,
  rows: string,
  existing: readonly string[],
): Promise<boolean> {
  const [rising] = await session.rows<{ ok: boolean | null }>(risingKeysSql(contract, rows));
  const distinct = rising?.ok !== false;
  if (distinct && existing.length === 0) return true;
  const contested = contestedKeysSql(contract, { name: rows }, existing, distinct);
  const some = await session.rows(`select 1 from (${contested}) limit 1`);
  return some.length === 0;
}

async function countRows(
  session: Session,
  rows: string,
  files: readonly PreparedFile[],
  staged: readonly StagedFile[],
): Promise<Map<number, number>> {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0)
    return new Map([[only.index, staged.reduce((sum, file) => sum + file.rows, 0)]]);
  const counts = await session.rows<{ _load: number; n: number }>(
    `select _load, count(*) as n from ${rows} group by _load`,
  );
  const byLoad = new Map(counts.map(({ _load, n }) => [Number(_load), Number(n)]));
  return new Map(files.map(({ index, load }) => [index, byLoad.get(load) ?? 0]));
}

function remove(files: readonly StagedFile[]): void {
  for (const { path } of files) rmSync(path, { force: true });
}
