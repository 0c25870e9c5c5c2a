import { quoteName } from '../../../base/index.ts';
import type { ColumnState, StagedFile } from '../../../store/lake/index.ts';
import { sourceColumns } from '../source-tables.ts';
import { SQL_TYPES } from './judge-batch.ts';
import type { LoadOptions } from './options.ts';
import { withdraw } from './withdraw.ts';

const ARRIVED = '_mill_arrived';
const NEWEST = '_mill_newest';

export interface Replaced {
  /** Data files of the table that stay; undefined when all do. */
  readonly keep: readonly number[] | undefined;
  readonly files: readonly StagedFile[];
  /** Rows that stay, and rows that came. */
  readonly before: number;
  readonly rows: number;
  /** Of the rows that came. */
  readonly byLoad: ReadonlyMap<number, number>;
}

/**
 * Loading in which a row takes the place of an earlier one of its key, in the table or in the load itself. Rows are gathered in a
 * temporary table, which the engine spills to disk, since only the last batch says which row of a key is the last. A row that is in
 * the table already, cell by cell, is left where it is: reading it again changes nothing.
 */
export function newestRows(options: LoadOptions) {
  const { session, contract, table, quarantine, leaving } = options;
  const names = contract.columns.map(({ name }) => quoteName(name));
  const key = contract.key.map(quoteName);
  const left = (of: string) =>
    leaving.length === 0 ? 'false' : `coalesce(${of}_load in (${leaving.join(', ')}), false)`;
  const there = table.state !== undefined && table.state.files.length > 0 ? table.state : undefined;
  const countByLoad = async (relation: string): Promise<Map<number, number>> => {
    const counts = await session.rows<{ _load: number; n: number }>(
      `select _load, count(*) as n from ${relation} group by _load`,
    );
    return new Map(counts.map(({ _load, n }) => [Number(_load), Number(n)]));
  };
  return {
    countByLoad,
    begin: async (): Promise<void> => {
      const columns = sourceColumns(contract).map(
        ({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`,
      );
      await session.run(`create or replace temp table ${ARRIVED} (${columns.join(', ')})`);
    },
    add: (rows: string) => session.run(`insert into ${ARRIVED} ${rows}`),
    /** Bad rows that are in the quarantine already, as they are, were set aside when they were first read. */
    asideFirstSeen: (rows: string): string => {
      const { state } = quarantine;
      if (state === undefined || state.files.length === 0) return rows;
      return (
        `select * from (${rows}) a where not exists (select 1 from ${session.scan(state)} q ` +
        `where q._file = a._file and q._rules = a._rules and q._row = a._row and not ${left('q.')}) order by _load, _line`
      );
    },
    finish: async (columns: readonly ColumnState[], staged: StagedFile[]): Promise<Replaced> => {
      // Not by row_number() over (… order by rowid desc) = 1: DuckDB 1.5.5 gives every row for that.
      const last = `select *, rowid as _rid from ${ARRIVED} where rowid in (select max(rowid) from ${ARRIVED} group by ${key.join(', ')})`;
      const known =
        there === undefined
          ? ''
          : ` where not exists (select 1 from ${session.scan(there)} t where ${names.map((name) => `t.${name} is not distinct from n.${name}`).join(' and ')} and not ${left('t.')})`;
      await session.run(
        `create or replace temp table ${NEWEST} as select * from (${last}) n${known} order by _rid`,
      );
      let keep: readonly number[] | undefined;
      let before = there?.rows ?? 0;
      const files: StagedFile[] = [];
      if (there !== undefined) {
        const taken = `exists (select 1 from ${NEWEST} n where ${key.map((name) => `n.${name} = _mill_there.${name}`).join(' and ')})`;
        const gone = await withdraw(session, there, columns, table, `(${left('_mill_there.')} or ${taken})`);
        staged.push(...gone.files);
        files.push(...gone.files);
        before -= gone.rows;
        // Nothing left: then it is an append, which never conflicts with others.
        if (gone.rows > 0) keep = gone.keep;
      }
      const list = [...names, '_load'].join(', ');
      const written = await session.write(
        table.folder,
        columns,
        `select ${list} from ${NEWEST} order by _rid`,
        table.partitionBy ? { partitionBy: table.partitionBy } : {},
      );
      staged.push(...written);
      files.push(...written);
      const byLoad = await countByLoad(NEWEST);
      const rows = [...byLoad.values()].reduce((sum, n) => sum + n, 0);
      return { keep, files, before, rows, byLoad };
    },
  };
}
