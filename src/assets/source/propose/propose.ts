import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type Instant, MillraceError, quoteName, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { ColumnSpec, ContractSpec } from '../../contract/index.ts';
import { type FileFormat, type FoundFile, type LoadResult, loadFiles } from '../index.ts';
import { fewMisfits, proposedColumn } from './column.ts';
import { eventTime } from './event-time.ts';
import type { ColumnFacts } from './facts.ts';
import { type FileGroup, groupsOf, type ShapedFile } from './groups.ts';
import { candidateKey, type KeyCandidate } from './key.ts';
import { nullTexts } from './null-texts.ts';
import { profile, type Rows } from './profile.ts';
import type { ProposedColumn, ProposedSource } from './proposal.ts';
import { literal, type Shape, shapeOf } from './shape.ts';

export interface ProposeOptions {
  readonly session: Session;
  /** Absolute. */
  readonly files: readonly string[];
  /** Globs are relative to it. */
  readonly projectFolder: string;
  readonly now: Instant;
  readonly onProgress?: (what: string) => void;
}

/** Files of a source beyond so many bytes are not profiled: their columns are those of the ones before. */
const PROFILED_BYTES = 1_000_000_000;

/**
 * Source declarations for files, one for each shape of them in a folder, told from all of their rows. Every one has been tried: `rows`
 * and `aside` say what loading these files under it gives.
 * @throws MILL_SOURCE_FILE_UNREADABLE, MILL_SOURCE_COLUMN_DUPLICATE, MILL_SOURCE_FORMAT_UNKNOWN, MILL_INIT_NO_COLUMNS
 */
export async function proposeSources(options: ProposeOptions): Promise<ProposedSource[]> {
  const { session, projectFolder } = options;
  const shaped: ShapedFile[] = [];
  for (const absolute of options.files) {
    const found = foundFile(absolute, projectFolder);
    shaped.push({ found, shape: await shapeOf(session, found) });
  }
  const proposals: ProposedSource[] = [];
  for (const group of groupsOf(shaped, projectFolder)) {
    options.onProgress?.(`${group.name}: ${group.glob}`);
    const folder = mkdtempSync(join(tmpdir(), 'millrace-init-'));
    try {
      proposals.push(await proposeSource(options, group, folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return proposals;
}

async function proposeSource(
  options: ProposeOptions,
  group: FileGroup,
  folder: string,
): Promise<ProposedSource> {
  const { session } = options;
  const { shape } = group;
  const files = withinBytes(group.files.map(({ found }) => found));
  const names = shape.names.map((name, i) => ({ name, i }));
  const usable = names.filter(
    ({ name }) => !name.startsWith('_') && name.length <= 200 && name !== '__proto__',
  );
  const notes = names
    .filter((one) => !usable.includes(one))
    .map(
      ({ name }) => `left out: '${name.slice(0, 60)}', since names with a leading _ are kept for Millrace`,
    );
  if (files.length < group.files.length)
    notes.push(`told from the first ${files.length} of ${group.files.length} files`);
  const { rows, nested } = await rowsOf(
    options,
    shape,
    usable.map(({ name }) => name),
    files,
    folder,
  );
  notes.push(...nested.map(({ name, type }) => `left out: '${name}' is ${type}, which no column holds`));
  const rough = await profile(
    session,
    rows,
    rows.columns.some(({ form }) => form === 'text') && shape.format === 'csv' ? [''] : [],
  );
  const found = shape.format === 'csv' ? nullTexts(rough) : [];
  const nulls = ['', ...found];
  const facts = found.length === 0 ? rough : await profile(session, rows, nulls);
  if (found.length > 0)
    notes.push(`missing cells are written ${found.map((text) => `'${text}'`).join(', ')} too`);
  if (!shape.header) notes.push('the first line is a row, so the columns go by their place');
  const spaced = facts.filter(
    ({ form, sample }) => form === 'text' && sample.length > 0 && sample.every((text) => /^ /.test(text)),
  );
  if (spaced.length > 0)
    notes.push(`in ${spaced.length} columns every value begins with a space, which is part of a text`);
  if (facts[0]?.rows === 0) notes.push('there is no row yet to tell the types from');
  const pairs = facts.map((one, at) => ({
    one,
    column: { ...proposedColumn(one, nulls), ...placeOf(shape, one.name) },
    raw: rows.columns[at]!,
  }));
  const kept = pairs.filter(({ one, column }) => fewMisfits(misfits(one, column), one.present));
  for (const { column } of pairs.filter((pair) => !kept.includes(pair)))
    notes.push(`left out: '${column.name}', since too many of its values are no ${column.type}`);
  const columns = kept.map(({ column }) => column);
  const { key, time } = await identity(
    options,
    { from: rows.from, columns: kept.map(({ raw }) => raw) },
    columns,
    kept.map(({ one }) => one),
    files.length,
  );
  const proposed = columns.map((column) => told(column, key, time));
  const base = {
    name: group.name,
    glob: group.glob,
    format: shape.format,
    told: shape.told,
    ...(shape.delimiter === undefined ? {} : { delimiter: shape.delimiter }),
    header: shape.header,
    nulls,
    columns: proposed,
    key,
    ...(time === undefined ? {} : { eventTime: time.name }),
    notes,
    files: group.files.map((file) => file.found.path),
  };
  const tried = await load(options, base, files, join(folder, 'tried'));
  const sum = (of: 'rows' | 'quarantined'): number => tried.loads.reduce((total, one) => total + one[of], 0);
  return { ...base, rows: sum('rows'), aside: sum('quarantined'), broken: tried.broken };
}

/** Where a column within objects lies. */
function placeOf({ at }: Shape, name: string): { at?: string } {
  const pointer = at?.get(name);
  return pointer === undefined ? {} : { at: pointer };
}

/** The rows of files as text, by the very loader that a run uses, or for Parquet as they are. */
async function rowsOf(
  options: ProposeOptions,
  shape: Shape,
  names: readonly string[],
  files: readonly FoundFile[],
  folder: string,
): Promise<{ rows: Rows; nested: { name: string; type: string }[] }> {
  if (shape.format === 'parquet') {
    const typed = names.map((name) => ({ name, type: shape.types[shape.names.indexOf(name)] as string }));
    const nested = typed.filter(({ type }) => !HELD.test(type));
    const paths = files.map(({ absolute }) => quoteText(literal(absolute))).join(', ');
    return {
      rows: {
        from: `read_parquet([${paths}], hive_partitioning = false)`,
        columns: typed
          .filter(({ type }) => HELD.test(type))
          .map(({ name, type }) => ({ name, sql: quoteName(name), form: type, quoted: false })),
      },
      nested,
    };
  }
  const columns: ColumnSpec[] = names.map((name) => ({
    name,
    type: 'string',
    nullable: true,
    rules: [],
    ...placeOf(shape, name),
  }));
  const texts = await load(options, { ...shape, columns, key: [], nulls: [] }, files, join(folder, 'texts'));
  const paths = texts.table.files.map(({ path }) => quoteText(literal(path))).join(', ');
  const empty = `(select ${names.map((name) => `null::VARCHAR as ${quoteName(name)}`).join(', ')} limit 0)`;
  return {
    rows: {
      from: paths === '' ? empty : `read_parquet([${paths}], hive_partitioning = false)`,
      columns: names.map((name) => ({
        name,
        sql: quoteName(name),
        form: 'text',
        quoted: shape.texts.has(name),
      })),
    },
    nested: [],
  };
}

/** DuckDB's names of types that a column can hold. */
const HELD =
  /^(VARCHAR|UUID|ENUM\(.*|BOOLEAN|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*|DATE|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?)$/;

/** Cells that have no form in the type that was chosen. */
function misfits(facts: ColumnFacts, { type }: ProposedColumn): number {
  return type === 'string' ? 0 : facts.present - (facts.fits.get(type)?.cells ?? 0);
}

async function identity(
  { session }: ProposeOptions,
  rows: Rows,
  columns: readonly ProposedColumn[],
  facts: readonly ColumnFacts[],
  files: number,
) {
  const candidates: KeyCandidate[] = columns.flatMap((column, i) => {
    const one = facts[i] as ColumnFacts;
    const whole = column.type === 'string' || one.fits.get(column.type)?.cells === one.rows;
    if (column.nullable || !whole || one.rows === 0) return [];
    return [{ column, facts: one, sql: cellSql(rows.columns[i]!, column.type) }];
  });
  const key = await candidateKey(
    session,
    rows.from,
    candidates,
    columns.map(({ name }) => name),
  );
  return { key, time: await eventTime(session, rows.from, candidates, files) };
}

/** Values that are equal are so in any spelling: `1` and `1.0` are one integer. The text of ISO dates is cast as the load does it. */
function cellSql({ sql, form }: Rows['columns'][number], type: ColumnSpec['type']): string {
  if (form !== 'text') return sql;
  if (type === 'integer') return `try_cast(${sql} as DOUBLE)`;
  return type === 'timestamp' ? `try_cast(trim(${sql}) as TIMESTAMPTZ)` : sql;
}

function told(
  column: ProposedColumn,
  key: readonly string[],
  time: { readonly name: string; readonly rises: boolean } | undefined,
): ProposedColumn {
  const notes = [...column.notes];
  // A key names rows, so its numbers have no range and its texts no set.
  const rules = key.length === 1 && key[0] === column.name ? [] : column.rules;
  if (time?.name === column.name && time.rises) notes.push('rises with the file');
  return { ...column, rules, notes };
}

function withinBytes(files: readonly FoundFile[]): FoundFile[] {
  let bytes = 0;
  return files.filter((file, i) => {
    bytes += file.bytes;
    return i === 0 || bytes <= PROFILED_BYTES;
  });
}

interface Declared {
  readonly format: FileFormat;
  readonly delimiter?: string;
  readonly columns: readonly ColumnSpec[];
  readonly key: readonly string[];
  readonly eventTime?: string;
  readonly header: boolean;
  readonly nulls: readonly string[];
}

async function load(
  { session, now }: ProposeOptions,
  { columns, key, eventTime: time, format, delimiter, header, nulls }: Declared,
  files: readonly FoundFile[],
  folder: string,
): Promise<LoadResult> {
  const contract: ContractSpec = {
    columns,
    key,
    ...(time === undefined ? {} : { eventTime: time }),
    availableAfter: 0,
    tableRules: [],
    onBreach: 'quarantine',
  };
  return loadFiles({
    session,
    contract,
    spec: {
      format,
      nulls,
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(header ? {} : { header }),
    },
    files: files.map((found, i) => ({ found, load: i + 1 })),
    leaving: [],
    table: { state: undefined, folder: join(folder, 'table') },
    quarantine: { state: undefined, folder: join(folder, 'aside') },
    now,
  });
}

function foundFile(absolute: string, projectFolder: string): FoundFile {
  const stat = statSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile())
    throw new MillraceError({
      code: 'MILL_INIT_FILE_MISSING',
      message: `'${absolute}' ${stat === undefined ? 'is not there' : 'is no file'}.`,
      todo: 'Name files after --from: data/*.csv',
      owner: 'project',
    });
  return {
    path: relative(projectFolder, absolute).split(sep).join('/'),
    absolute,
    bytes: Number(stat.size),
    mtime: Number(stat.mtimeNs / 1000n),
    mtimeNs: stat.mtimeNs,
    inode: stat.ino,
  };
}
