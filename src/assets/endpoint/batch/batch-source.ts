import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MillraceError, nearest, type Problem, quoteText } from '../../../base/index.ts';
import { literalPath, type Session } from '../../../engine/index.ts';
import type { Graph, Workspace } from '../../../graph/index.ts';
import { contractOf } from '../../contract/index.ts';
import { parquetReason, soundCsv } from '../../source/index.ts';

/** Rows to be scored, pinned: the same source is the same rows, each time it is read. */
export interface BatchSource {
  /** A table's name, or a file's path as it was given. */
  readonly name: string;
  /** The version of a table; undefined for a file. */
  readonly version: string | undefined;
  /** Of its content. */
  readonly print: string;
  /** Columns by which rows are known, besides the entities. */
  readonly key: readonly string[];
  /** Whether every cell is a text that is yet to be read. */
  readonly text: boolean;
  /** A relation with its columns and `_row`, the number of the row from 0 on. */
  relation(session: Session): string;
  /** Does what reads the relation. @throws MILL_BATCH_SOURCE for a file that cannot be read, instead of the engine's words about a statement */
  reading<T>(work: () => Promise<T>): Promise<T>;
}

const formatOf = (name: string): string | undefined =>
  ['.parquet', '.csv'].find((format) => extname(name).toLowerCase() === format);

/** The print of a file's content; undefined for a name that is no file's. @throws MILL_BATCH_SOURCE */
export async function filePrint(name: string): Promise<string | undefined> {
  if (formatOf(name) === undefined) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(pathOf(name)), hash);
  return hash.digest('hex');
}

/**
 * What rows a name stands for: a dataset or training set that is live, or a Parquet or CSV file with its print. `wanted` are names that its columns
 * may have.
 * @throws MILL_BATCH_SOURCE
 */
export async function openBatchSource(
  graph: Graph,
  { state, lake }: Workspace,
  name: string,
  file: string | undefined,
  wanted: readonly string[],
): Promise<BatchSource> {
  if (file !== undefined) return fileSource(name, file, wanted);
  const node = graph.nodes.get(name);
  const live = state.live(name);
  const table = live && lake.table(name, live.snapshot);
  if (node === undefined || live === undefined || table === undefined)
    throw unknownSource(name, graph, node === undefined ? 'there is none' : 'it is no table that is live');
  return {
    name,
    version: live.id,
    print: live.id,
    key: contractOf(node)?.key ?? [],
    text: false,
    relation: (session) =>
      `(select * exclude (_row_id), row_number() over (order by _row_id) - 1 as _row from ${session.scan(table, { rowId: true })})`,
    reading: (work) => work(),
  };
}

function pathOf(name: string): string {
  const path = resolve(name);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  throw problem(
    `There is no file '${name.slice(0, 200)}'`,
    'Name a file that is there, or a table that `millrace show` lists',
  );
}

async function fileSource(name: string, print: string, wanted: readonly string[]): Promise<BatchSource> {
  const path = pathOf(name);
  const format = formatOf(name) as string;
  const reading = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error) => {
      throw unreadableFile(name, format, error);
    });
  const quoted = quoteText(literalPath(path));
  const from =
    format === '.csv'
      ? await reading(async () => csvRelation(quoted, await soundCsv(path, name, wanted)))
      : `(select * exclude (file_row_number), file_row_number as _row from read_parquet(${quoted}, file_row_number = true, hive_partitioning = false))`;
  return {
    ...{ name, version: undefined, print, key: [], text: format === '.csv' },
    relation: () => from,
    reading,
  };
}

/**
 * All cells as text: what `007` is, the model's inputs say. In one thread, so that rows have their numbers; and nothing is guessed, as a guess can
 * skip rows at the beginning.
 */
function csvRelation(quoted: string, { delimiter, names }: { delimiter: string; names: readonly string[] }) {
  const columns = names.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ');
  const form = `delim = ${quoteText(delimiter)}, quote = '"', escape = '"', header = true, columns = {${columns}}`;
  const fixed = `auto_detect = false, compression = 'none', max_line_size = 2097152, parallel = false, hive_partitioning = false`;
  return `(select *, row_number() over () - 1 as _row from read_csv(${quoted}, ${form}, ${fixed}))`;
}

/** What is wrong with a file; what is wrong with something else stays as it is. */
function unreadableFile(name: string, format: string, error: unknown): unknown {
  if (!(error instanceof MillraceError)) return error;
  const { code, message, retry } = error.problems[0] as Problem;
  if (/^MILL_SOURCE_/.test(code)) return broken(message.replace(/\.$/, ''), error);
  // Too little memory is not the file's fault.
  if (code !== 'MILL_SQL_FAILED' || retry === true) return error;
  const why = format === '.parquet' ? parquetReason(error) : message.replace(/\.$/, '');
  return broken(`'${name.slice(0, 200)}' cannot be read: ${why}`, error);
}

function broken(message: string, cause: unknown): MillraceError {
  const todo = 'Write the file again, whole; nothing was scored.';
  return new MillraceError(
    { code: 'MILL_BATCH_SOURCE', message: `${message}.`, todo, owner: 'data' },
    { cause },
  );
}

function unknownSource(name: string, graph: Graph, why: string): MillraceError {
  const near = nearest(name, graph.nodes.keys());
  return problem(
    `'${name.slice(0, 200)}' has no rows to score: ${why}${near !== undefined && near !== name ? `, but '${near}'` : ''}`,
    'Name a source, table or training set that `millrace show` lists as live, or a .parquet or .csv file',
  );
}

function problem(message: string, todo: string): MillraceError {
  return new MillraceError({
    code: 'MILL_BATCH_SOURCE',
    message: `${message}.`,
    todo: `${todo}.`,
    owner: 'project',
  });
}
