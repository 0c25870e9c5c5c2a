import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError, messageOf, nearest, type Problem, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import { type ContractSpec, pathText, pointerTo, readTyped } from '../../contract/index.ts';
import { type FileFormat, type FoundFile, formatOf, isGzip } from '../files/discover.ts';
import type { FileForm } from '../files/spec.ts';
import { assertUtf8Start, csvHeader } from './csv-header.ts';
import { fileBytes, unpack } from './file-bytes.ts';
import { unreadable, unreadableBecause } from './unreadable.ts';

/** A file that is known to have the declared columns, ready to be read. */
export interface PreparedFile {
  readonly found: FoundFile;
  readonly load: number;
  /** Its number within the whole loading, in the order of loads. */
  readonly index: number;
  /** The file to read: itself, or its unpacked copy. */
  readonly plain: string;
  readonly format: FileFormat;
  /** CSV. */
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** CSV and Parquet: the file's columns in its order. Empty for JSON lines. */
  readonly names: readonly string[];
  /** Parquet: DuckDB's types of these columns. */
  readonly types: readonly string[];
}

/**
 * Looks at the beginning of a file: whether it can be read and has the declared columns in types that can become theirs.
 * @throws MILL_SOURCE_FILE_UNREADABLE, MILL_SOURCE_COLUMN_MISSING, MILL_SOURCE_COLUMN_DUPLICATE, MILL_SOURCE_TYPE_CHANGED
 */
export async function prepareFile(
  session: Session,
  contract: ContractSpec,
  spec: FileForm,
  file: { readonly found: FoundFile; readonly load: number; readonly index: number },
  tempFolder: string,
): Promise<PreparedFile> {
  const { path, absolute } = file.found;
  const format = formatOf(spec, path);
  assertFlat(path, format, contract);
  await assertReadable(absolute, path);
  let plain = absolute;
  if (isGzip(absolute)) {
    plain = join(tempFolder, `unpacked-${file.index}.${format}`);
    await unpack(absolute, path, plain);
  }
  const base = { ...file, plain, format, delimiter: '', hasHeader: spec.header !== false };
  switch (format) {
    case 'csv': {
      const declared = contract.columns.map((column) => column.name);
      const { delimiter, names } = await csvHeader(plain, path, spec, declared);
      assertColumns(path, contract, names);
      return { ...base, delimiter, names, types: [] };
    }
    case 'jsonl':
      await assertUtf8Start(plain, path);
      await assertLines(plain, path);
      return { ...base, names: [], types: [] };
    case 'parquet': {
      const columns = await parquetColumns(session, plain, path);
      const names = columns.map((column) => column.name);
      assertColumns(path, contract, names);
      assertTypes(path, contract, columns);
      return { ...base, names, types: columns.map((column) => column.type) };
    }
  }
}

async function assertReadable(absolute: string, path: string): Promise<void> {
  try {
    const found = await stat(absolute);
    if (found.isDirectory()) throw unreadable(path, 'it is a folder');
    if (!found.isFile()) throw unreadable(path, 'it is no regular file');
    if (found.size === 0) throw unreadable(path, 'it is empty');
  } catch (error) {
    throw unreadableBecause(path, error);
  }
}

async function assertLines(plain: string, path: string): Promise<void> {
  for await (const chunk of fileBytes(plain, path)) {
    if (/^\uFEFF?\s*\[/.test(chunk.toString('utf8', 0, 1000)))
      throw unreadable(path, 'it is a JSON array, where one JSON object on each line is wanted');
    return;
  }
}

/** All missing columns are named at once. @throws MILL_SOURCE_COLUMN_MISSING */
export function assertColumns(
  path: string,
  contract: Pick<ContractSpec, 'columns'>,
  names: readonly string[],
  others: readonly Problem[] = [],
): void {
  const declared = new Set(contract.columns.map((column) => column.name));
  const spare = names.filter((name) => !declared.has(name));
  const problems: Problem[] = contract.columns
    .filter((column) => !names.includes(column.name))
    .map(({ name }) => {
      const near = nearest(name, spare);
      const has = `it has ${names
        .slice(0, 20)
        .map((n) => `'${n}'`)
        .join(', ')}${names.length > 20 ? ', …' : ''}`;
      return {
        code: 'MILL_SOURCE_COLUMN_MISSING',
        message: `'${path}' has no column '${name}'; ${near === undefined ? has : `the nearest it has is '${near}'`}.`,
        todo:
          near === undefined
            ? 'Deliver the file with this column, or take the column out of the contract.'
            : 'If it was renamed, rename it in the file or in the contract.',
        owner: 'data',
      };
    });
  if (problems.length + others.length > 0) throw new MillraceError([...problems, ...others]);
}

/** Only JSON has something within something. @throws MILL_SOURCE_PATH */
function assertFlat(path: string, format: FileFormat, contract: ContractSpec): void {
  const nested = contract.columns.find(({ at }) => at !== undefined);
  if (format === 'jsonl' || nested === undefined) return;
  throw new MillraceError({
    code: 'MILL_SOURCE_PATH',
    message: `Column '${nested.name}' is declared to lie at ${pathText(pointerTo(nested))} of a JSON object, but '${path}' is ${format === 'csv' ? 'CSV' : 'Parquet'}.`,
    todo: "Drop .at(…), or declare the format: files(…, { format: 'jsonl' }).",
    owner: 'project',
  });
}

interface ParquetColumn {
  readonly name: string;
  readonly type: string;
}

async function parquetColumns(session: Session, plain: string, path: string): Promise<ParquetColumn[]> {
  try {
    const rows = await session.rows<{ column_name: string; column_type: string }>(
      `describe select * from read_parquet(${quoteText(literalPath(plain))}, hive_partitioning = false)`,
    );
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }));
  } catch (error) {
    throw unreadable(path, parquetReason(error), { cause: error });
  }
}

/** DuckDB's words without the path of an unpacked copy, which says nothing to a user. */
export function parquetReason(error: unknown): string {
  const words = messageOf(error)
    .split('\n')[0]!
    .replace(/ Correct the SQL.*$/, '')
    .replace(/\.$/, '');
  return `it is no whole Parquet file (${words.replaceAll(/'[^']*unpacked-\d+\.parquet'/g, 'it')})`;
}

function assertTypes(path: string, contract: ContractSpec, columns: readonly ParquetColumn[]): void {
  const problems: Problem[] = [];
  for (const { name, type } of contract.columns) {
    const found = columns.find((column) => column.name === name)!.type;
    if (readTyped(found, type, 'x') !== undefined) continue;
    problems.push({
      code: 'MILL_SOURCE_TYPE_CHANGED',
      message: `'${path}' has column '${name}' as ${found}, which cannot become ${type} without loss.`,
      todo: 'Deliver it in the declared type, or change the column’s type in the contract.',
      owner: 'data',
    });
  }
  if (problems.length > 0) throw new MillraceError(problems);
}

/** A path that DuckDB takes for one file: `*`, `?` and `[` are patterns to it, and mean themselves in brackets. */
export function literalPath(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}
