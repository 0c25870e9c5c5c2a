import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Instant, quoteName, quoteText } from '../../../base/index.ts';
import type { ColumnState, PartitionKey, StagedFile } from '../../../store/lake/index.ts';
import {
  type Check,
  judgeTable,
  keyColumns,
  type Measured,
  measure,
  newestPromised,
  tableWith,
} from '../../contract/index.ts';
import { assertUnchanged } from '../files/content-hash.ts';
import { QUARANTINE_COLUMNS, sourceColumns, type TableWrite, withIds } from '../source-tables.ts';
import { batchesOf, plainBytes } from './batches.ts';
import { judgeBatch, type LoadContext, SQL_TYPES } from './judge-batch.ts';
import { newestRows } from './newest-rows.ts';
import type { LoadOptions, LoadTarget } from './options.ts';
import { type PreparedFile, prepareFile } from './prepared-file.ts';
import { asideSql, countBatch, goodRows, isInOrder, setAside } from './set-aside.ts';
import { soundBatch } from './sound-batch.ts';
import { withdraw } from './withdraw.ts';

const TEMPORARY = [
  'judged',
  'broken',
  'broken_chunk',
  'contested',
  'duplicates',
  'bad',
  'places',
  'places_chunk',
  'keys',
  'arrived',
  'newest',
].map((name) => `_mill_${name}`);

export interface LoadCount {
  readonly load: number;
  readonly path: string;
  readonly rows: number;
  readonly quarantined: number;
}

/** What loading made: staged files that nobody sees until they are committed, and what to say about them. */
export interface LoadResult {
  readonly table: TableWrite;
  readonly quarantine: TableWrite;
  /** Rows that the table has then. */
  readonly rows: number;
  readonly loads: readonly LoadCount[];
  /** Rows that the quarantine has then. */
  readonly quarantined: number;
  /** Rows that broke each rule, by its name; under `warn` also those let in. */
  readonly broken: ReadonlyMap<string, number>;
  /** Of the rows loaded; null for none, or without event time. */
  readonly eventTime: { readonly min: Instant; readonly max: Instant } | null;
  /** A failed check of severity `block` means: do not commit. */
  readonly checks: readonly Check[];
  /** What the rules about the table were held against. */
  readonly measured: Measured;
}

/**
 * Reads files under a contract: good rows into staged files of the table, bad rows into staged files of the quarantine,
 * in batches of bounded size. Commit both (`lakeChanges`) with the loads in one transaction, or neither. When it throws,
 * nothing is left behind.
 *
 * A row set aside because its key was taken stays aside when the row that had the key leaves, until its own file is delivered again.
 * @throws MILL_SOURCE_FILE_UNREADABLE, MILL_SOURCE_COLUMN_MISSING, MILL_SOURCE_COLUMN_DUPLICATE, MILL_SOURCE_TYPE_CHANGED,
 * MILL_SOURCE_FORMAT_UNKNOWN, MILL_SOURCE_DELIMITER_INVALID
 */
export async function loadFiles(options: LoadOptions): Promise<LoadResult> {
  const staged: StagedFile[] = [];
  const tempFolder = mkdtempSync(join(options.tempFolder ?? tmpdir(), 'millrace-load-'));
  try {
    return await loadAll(options, tempFolder, staged);
  } catch (error) {
    for (const file of staged) rmSync(file.path, { force: true });
    throw error;
  } finally {
    rmSync(tempFolder, { recursive: true, force: true });
    // A session that failed for good must not hide why.
    for (const name of TEMPORARY) await options.session.run(`drop table if exists ${name}`).catch(() => {});
  }
}

async function loadAll(options: LoadOptions, tempFolder: string, staged: StagedFile[]): Promise<LoadResult> {
  const { session, contract } = options;
  const replaces = options.replaces === true && contract.key.length > 0;
  const files = options.files
    .toSorted((a, b) => a.load - b.load)
    .map(({ found, load }, index) => ({ found, load, index }));
  // Where rows replace others of their key, no row is bad for having one that is taken.
  const judged = replaces ? { ...contract, key: [] } : contract;
  const context: LoadContext = {
    session,
    contract: judged,
    nulls: options.spec.nulls,
    tempFolder,
    wasJudged: options.judged === true,
  };
  const tableColumns = withIds(sourceColumns(contract), options.table.state);
  const asideColumns = withIds(QUARANTINE_COLUMNS, options.quarantine.state);

  const newest = replaces ? newestRows(options) : undefined;
  await newest?.begin();
  // Rows that replace others decide at the end which of those leave.
  const stays =
    newest === undefined
      ? await leave(options, options.table, tableColumns, staged)
      : { keep: undefined, files: [], rows: 0 };
  const staysAside = await leave(options, options.quarantine, asideColumns, staged);
  const tableFiles = [...stays.files];
  const asideFiles = [...staysAside.files];

  const loads = `[${files.map((file) => file.load).join(', ')}]`;
  const paths = `[${files.map((file) => quoteText(file.found.path)).join(', ')}]`;
  const counts = new Map<number, { rows: number; quarantined: number }>();
  const broken = new Map<string, number>();
  let span: { min: Instant; max: Instant } | null = null;
  let done = 0;
  let bytes = 0;
  let rows = 0;
  const totalBytes = files.reduce((sum, file) => sum + plainBytes(file.found), 0);

  const batches = batchesOf(files, options.batchBytes, options.batchFiles);
  const existing = replaces ? [] : await existingKeys(options, batches.length > 1);
  for (const planned of batches) {
    options.signal?.throwIfAborted();
    const here = await options.bring?.(planned.map(({ index }) => index));
    const batch = here === undefined ? planned : planned.map((file, i) => ({ ...file, found: here[i]! }));
    const prepared: PreparedFile[] = [];
    for (const file of batch)
      prepared.push(await prepareFile(session, judged, options.spec, file, tempFolder));
    const sound =
      newest === undefined
        ? await soundBatch(
            context,
            prepared,
            { folder: options.table.folder, columns: tableColumns, ...partitioned(options.table) },
            loads,
            existing,
          )
        : undefined;
    staged.push(...(sound?.files ?? []));
    tableFiles.push(...(sound?.files ?? []));
    if (sound === undefined) {
      await judgeBatch(context, prepared);
      await setAside(context, prepared, existing);
    }
    for (const file of batch) assertUnchanged(file.found);

    const good = sound?.rows ?? (await goodRows(context));
    let asideByLoad: ReadonlyMap<number, number> | undefined;
    if (sound === undefined) {
      const list = contract.columns.map((column, i) => `v${i} as ${quoteName(column.name)}`).join(', ');
      // In the order of delivery, since row ids are given in order of writing and decide between rows of one instant.
      const order = (await isInOrder(context)) ? '' : ' order by _file, _rid';
      const inOrder = `select ${list}, ${loads}[_file + 1] as _load from ${good}${order}`;
      if (newest !== undefined) await newest.add(inOrder);
      else {
        const written = await session.write(
          options.table.folder,
          tableColumns,
          inOrder,
          partitioned(options.table),
        );
        staged.push(...written);
        tableFiles.push(...written);
      }
      const asideRows = asideSql(prepared, loads, paths);
      const aside = await session.write(
        options.quarantine.folder,
        asideColumns,
        newest === undefined ? asideRows : newest.asideFirstSeen(asideRows),
      );
      staged.push(...aside);
      asideFiles.push(...aside);
      asideByLoad = await newest?.countByLoad(`(${newest.asideFirstSeen(asideRows)})`);
    }
    const count =
      sound === undefined
        ? await countBatch(context, prepared)
        : { rows: sound.counts, aside: new Map<number, number>(), broken: new Map<string, number>() };
    for (const file of batch) {
      const its = {
        rows: count.rows.get(file.index) ?? 0,
        quarantined:
          (asideByLoad === undefined ? count.aside.get(file.index) : asideByLoad.get(file.load)) ?? 0,
      };
      counts.set(file.index, its);
      rows += its.rows;
      bytes += plainBytes(file.found);
    }
    for (const [rule, n] of count.broken) broken.set(rule, (broken.get(rule) ?? 0) + n);
    span = joined(span, await eventSpan(context, good));
    if (batches.length > 1 && judged.key.length > 0)
      await session.run(
        `insert into _mill_keys select ${keyColumns(contract)
          .map((i) => `v${i}`)
          .join(', ')} from ${good}`,
      );
    for (const { plain, found } of prepared)
      if (here !== undefined || plain !== found.absolute) rmSync(plain, { force: true });
    for (const { absolute } of here ?? []) rmSync(absolute, { force: true });
    done += batch.length;
    options.onProgress?.({
      files: done,
      totalFiles: files.length,
      share: totalBytes === 0 ? 1 : bytes / totalBytes,
      rows,
    });
  }

  let before = options.table.state === undefined ? 0 : options.table.state.rows - stays.rows;
  let keep = stays.keep;
  if (newest !== undefined) {
    const replaced = await newest.finish(tableColumns, staged);
    tableFiles.splice(0, tableFiles.length, ...replaced.files);
    keep = replaced.keep;
    before = replaced.before;
    rows = replaced.rows;
    for (const file of files) counts.get(file.index)!.rows = replaced.byLoad.get(file.load) ?? 0;
  }
  const stay = (options.table.state?.files ?? []).filter(({ id }) => keep === undefined || keep.includes(id));
  const whole = session.scan(tableWith(tableColumns, stay, tableFiles));
  const own = files.map((file) => file.load).join(', ') || 'null';
  const measured = await measure(session, contract, {
    table: whole,
    load: `(select * from ${whole} where _load in (${own}))`,
  });
  return {
    table: writeOf(tableColumns, tableFiles, keep),
    quarantine: writeOf(asideColumns, asideFiles, staysAside.keep),
    rows: before + rows,
    loads: files.map(({ found, load, index }) => ({ load, path: found.path, ...counts.get(index)! })),
    quarantined:
      (options.quarantine.state?.rows ?? 0) -
      staysAside.rows +
      asideFiles.slice(staysAside.files.length).reduce((sum, file) => sum + file.rows, 0),
    broken,
    eventTime: span,
    checks: judgeTable(
      contract,
      {
        rows: before + rows,
        newest: await newestPromised(session, contract, whole, options.now),
        broken,
        measured,
        history: options.history ?? new Map(),
      },
      options.now,
    ),
    measured,
  };
}

/** How the files of a table are written. */
export function partitioned({ partitionBy }: LoadTarget): { partitionBy?: readonly PartitionKey[] } {
  return partitionBy === undefined ? {} : { partitionBy };
}

async function leave(
  options: LoadOptions,
  target: LoadTarget,
  columns: readonly ColumnState[],
  staged: StagedFile[],
) {
  if (target.state === undefined || options.leaving.length === 0)
    return { keep: undefined, files: [], rows: 0 };
  const gone = await withdraw(
    options.session,
    target.state,
    columns,
    target,
    `_load in (${options.leaving.join(', ')})`,
  );
  staged.push(...gone.files);
  // Nothing of the leaving loads was there: then it is an append, which never conflicts with others.
  return gone.rows === 0 ? { keep: undefined, files: [], rows: 0 } : gone;
}

function writeOf(
  columns: readonly ColumnState[],
  files: readonly StagedFile[],
  keep: readonly number[] | undefined,
): TableWrite {
  return { columns, files, ...(keep === undefined ? {} : { keep }) };
}

/** The table's rows that stay, as a relation; undefined when there are none. */
function staying(options: LoadOptions): string | undefined {
  const { state } = options.table;
  if (state === undefined || state.files.length === 0) return undefined;
  const left = options.leaving.length === 0 ? '' : ` where _load not in (${options.leaving.join(', ')})`;
  return `(select * from ${options.session.scan(state)}${left})`;
}

async function existingKeys(options: LoadOptions, several: boolean): Promise<string[]> {
  const { contract, session } = options;
  if (contract.key.length === 0) return [];
  const relations: string[] = [];
  const rows = staying(options);
  if (rows !== undefined)
    relations.push(
      `(select ${contract.key.map((name, k) => `${quoteName(name)} as k${k}`).join(', ')} from ${rows})`,
    );
  if (several) {
    const columns = keyColumns(contract).map((i, k) => `k${k} ${SQL_TYPES[contract.columns[i]!.type]}`);
    await session.run(`create or replace temp table _mill_keys (${columns.join(', ')})`);
    relations.push('_mill_keys');
  }
  return relations;
}

async function eventSpan({ session, contract }: LoadContext, good: string) {
  const at = contract.columns.findIndex((column) => column.name === contract.eventTime);
  if (at < 0) return null;
  const [row] = await session.rows<{ min: number | null; max: number | null }>(
    `select epoch_us(min(v${at})) as min, epoch_us(max(v${at})) as max from ${good}`,
  );
  return row === undefined || row.min === null || row.max === null
    ? null
    : { min: Number(row.min), max: Number(row.max) };
}

type Span = { min: Instant; max: Instant } | null;

function joined(a: Span, b: Span): Span {
  if (a === null || b === null) return a ?? b;
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
