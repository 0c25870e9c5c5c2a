import { bug, quoteName, quoteText } from '../../../base/index.ts';
import {
  admissible,
  CSV_RULE,
  contestedKeysSql,
  duplicatesSql,
  JSON_RULE,
  KEY_RULE,
} from '../../contract/index.ts';
import { cellsOf, csvRecords } from './csv-records.ts';
import { fileBytes } from './file-bytes.ts';
import { BROKEN, JUDGED, judgeMended, type LoadContext, ORDER } from './judge-batch.ts';
import { dialectOf, widthOf } from './mend.ts';
import { literalPath, type PreparedFile } from './prepared-file.ts';

/** Row ids of JUDGED (`_rid`) whose key is a duplicate. */
const DUPLICATES = '_mill_duplicates';
/** Rows that do not go into the table: `_file`, `_at` (0 for the first sound record of the file), `_rules`. */
const BAD = '_mill_bad';
/** Where bad rows stand and what they were: `_file`, `_at`, `_line`, `_row`. */
const PLACES = '_mill_places';
/** Bad rows looked up at once; each holds its raw cells in memory. */
const CHUNK = 20_000;
const CHUNK_LETTERS = 32_000_000;

/** Finds the rows of a judged batch that are set aside, each with its line and raw cells. `existing` are relations of keys. */
export async function setAside(
  context: LoadContext,
  files: readonly PreparedFile[],
  existing: readonly string[],
): Promise<void> {
  // A file is read once more than this only when our reading of it and DuckDB's differ; then ours counts.
  const mended = new Set<number>();
  for (;;) {
    await findDuplicates(context, existing);
    await findBad(context);
    const odd = await placeBad(context, files, mended);
    if (odd === undefined) return;
    mended.add(odd.index);
    await judgeMended(context, odd);
  }
}

async function findDuplicates(
  { session, contract }: LoadContext,
  existing: readonly string[],
): Promise<void> {
  await session.run(`create or replace temp table ${DUPLICATES} (_rid BIGINT)`);
  if (contract.key.length === 0) return;
  const judged = { name: JUDGED, order: ORDER };
  const contested = '_mill_contested';
  await session.run(
    `create or replace temp table ${contested} as ${contestedKeysSql(contract, judged, existing)}`,
  );
  const [some] = await session.rows(`select 1 from ${contested} limit 1`);
  if (some !== undefined)
    await session.run(`insert into ${DUPLICATES} ${duplicatesSql(contract, judged, contested)}`);
}

/** The judged rows with `_rid` and whether they are duplicates, joined only when there are any. */
async function judgedWithDuplicates({ session }: LoadContext): Promise<string> {
  const [some] = await session.rows(`select 1 from ${DUPLICATES} limit 1`);
  return some === undefined
    ? `(select *, rowid as _rid, false as _duplicate from ${JUDGED})`
    : `(select j.*, j.rowid as _rid, d._rid is not null as _duplicate from ${JUDGED} j left join ${DUPLICATES} d on d._rid = j.rowid)`;
}

/** SQL for the rows that go into the table. */
export async function goodRows(context: LoadContext): Promise<string> {
  const rows = await judgedWithDuplicates(context);
  const letIn = context.contract.onBreach === 'warn' ? '' : ' and not _duplicate';
  return `(select * from ${rows} where ${admissible(context.contract)}${letIn})`;
}

/**
 * Whether the good rows come by load and line as they are: files were judged one after the other, and no join holds rows back. Sorting
 * what is sorted would take as long as writing it.
 */
export async function isInOrder({ session }: LoadContext): Promise<boolean> {
  const [some] = await session.rows(`select 1 from ${DUPLICATES} limit 1`);
  if (some !== undefined) return false;
  const [found] = await session.rows<{ ordered: boolean | null }>(
    `select bool_and(_first > _before) as ordered from (select min(rowid) as _first, lag(max(rowid)) over (order by _file) as _before from ${JUDGED} group by _file)`,
  );
  return found?.ordered !== false;
}

const ALL_RULES = `case when _duplicate then list_append(coalesce(_rules, []), ${quoteText(KEY_RULE)}) else _rules end`;

async function findBad(context: LoadContext): Promise<void> {
  const rows = await judgedWithDuplicates(context);
  const out = context.contract.onBreach === 'warn' ? '_unfit' : '(_unfit or _duplicate)';
  await context.session.run(
    `create or replace temp table ${BAD} as select _file, _rid - _first as _at, ${ALL_RULES} as _rules ` +
      `from ${rows} join (select _file, min(rowid) as _first from ${JUDGED} group by _file) using (_file) where ${out}`,
  );
}

/** Gives each bad row its line and raw cells. The answer is a file that we and DuckDB read as different numbers of rows. */
async function placeBad(
  { session }: LoadContext,
  files: readonly PreparedFile[],
  mended: ReadonlySet<number>,
): Promise<PreparedFile | undefined> {
  await session.run(
    `create or replace temp table ${PLACES} (_file BIGINT, _at BIGINT, _line BIGINT, _row VARCHAR)`,
  );
  const counts = await session.rows<{ _file: number; rows: number; span: number }>(
    `select _file, count(*) as rows, max(rowid) - min(rowid) + 1 as span from ${JUDGED} where _file in (select _file from ${BAD}) group by _file order by _file`,
  );
  const [inFile, at] = await session.columns(`select _file, _at from ${BAD} order by _file, _at`);
  const place = placer(session);
  let from = 0;
  for (const { _file, rows, span } of counts) {
    const file = files.find((one) => one.index === Number(_file))!;
    if (rows !== span) throw bug(`The rows of '${file.found.path}' did not stay together.`);
    let to = from;
    while (inFile!.values[to] === file.index) to++;
    const wanted = (at!.values as Float64Array).subarray(from, to);
    from = to;
    if (file.format === 'parquet') {
      await session.run(
        `insert into ${PLACES} select ${file.index}, _at, _at + 1, to_json(t)::VARCHAR ` +
          `from (select row_number() over () - 1 as _at, t from ${parquetCells(file)} t) ` +
          `where _at in (select _at from ${BAD} where _file = ${file.index})`,
      );
      continue;
    }
    const found = await placeText(place, file, wanted);
    if (found !== Number(rows) && !mended.has(file.index)) return file;
  }
  await place.flush();
  await assertPlaced(session);
  return undefined;
}

/** JSON has no NaN and no infinity: these are written as texts. */
function parquetCells({ plain, names, types }: PreparedFile): string {
  const floats = names.filter((_, i) => types[i] === 'DOUBLE' || types[i] === 'FLOAT').map(quoteName);
  const cells = floats.map(
    (x) => `case when isfinite(${x}) then to_json(${x}) else to_json(${x}::VARCHAR) end as ${x}`,
  );
  const replace = cells.length === 0 ? '' : ` replace (${cells.join(', ')})`;
  return `(select *${replace} from read_parquet(${quoteText(literalPath(plain))}, hive_partitioning = false))`;
}

/** Every bad row has its place, or nothing is loaded: a row that is neither in the table nor set aside would be lost in silence. */
async function assertPlaced(session: LoadContext['session']): Promise<void> {
  const [lost] = await session.rows<{ n: number }>(
    `select count(*) as n from ${BAD} anti join ${PLACES} using (_file, _at)`,
  );
  if (lost !== undefined && lost.n > 0) throw bug(`${lost.n} bad rows were not found again in their files.`);
}

interface Placer {
  add(file: number, at: number, line: number, row: string): void;
  /** Writes what was added when it is much, or in any case. */
  flushIfMuch(): Promise<void>;
  flush(): Promise<void>;
}

/** Gathers places in memory and hands them to the engine some at a time. */
function placer(session: LoadContext['session']): Placer {
  const numbers: [file: number[], at: number[], line: number[]] = [[], [], []];
  let rows: string[] = [];
  let letters = 0;
  const flush = async () => {
    if (rows.length === 0) return;
    await session.load('_mill_places_chunk', [
      ...['_file', '_at', '_line'].map((name, i) => ({
        name,
        type: 'integer' as const,
        values: Float64Array.from(numbers[i]!),
      })),
      { name: '_row', type: 'string', values: rows },
    ]);
    await session.run(`insert into ${PLACES} from _mill_places_chunk`);
    for (const list of numbers) list.length = 0;
    rows = [];
    letters = 0;
  };
  return {
    add(file, at, line, row) {
      numbers[0].push(file);
      numbers[1].push(at);
      numbers[2].push(line);
      rows.push(row);
      letters += row.length;
    },
    flushIfMuch: async () => {
      if (rows.length >= CHUNK || letters >= CHUNK_LETTERS) await flush();
    },
    flush,
  };
}

/** Walks a text file once, keeping what bad rows need. Gives the number of its sound records. */
async function placeText(place: Placer, file: PreparedFile, wanted: Float64Array): Promise<number> {
  const dialect = dialectOf(file);
  const names = file.names.map((name) => JSON.stringify(name));
  let next = 0;
  let number = file.format === 'csv' && file.hasHeader ? -1 : 0;
  for await (const records of csvRecords(fileBytes(file.plain, file.found.path), dialect, widthOf(file))) {
    for (const record of records) {
      if (!record.sound || (file.format === 'jsonl' && record.bytes.includes(0x1f))) continue;
      if (number++ !== wanted[next]) continue;
      next++;
      const row =
        file.format === 'csv' ? objectText(names, cellsOf(record.bytes, dialect)) : lineText(record.bytes);
      place.add(file.index, number - 1, record.line, row);
    }
    await place.flushIfMuch();
  }
  return number;
}

function objectText(names: readonly string[], cells: readonly string[]): string {
  return `{${names.map((name, i) => `${name}:${JSON.stringify(cells[i])}`).join(',')}}`;
}

/** A JSON object as it was written; any other line as text. */
function lineText(bytes: Buffer): string {
  const text = bytes.toString('utf8').trim();
  if (text.startsWith('{')) {
    try {
      JSON.parse(text);
      return text;
    } catch {}
  }
  return JSON.stringify({ _text: text });
}

/** SQL for the quarantine's rows of a batch, in the order of load and line. `loads` and `paths` by file number. */
export function asideSql(files: readonly PreparedFile[], loads: string, paths: string): string {
  const format = new Map(files.map((file) => [file.index, file.format]));
  const lines = [...format].filter(([, f]) => f === 'jsonl').map(([index]) => index);
  const rule = `case when _file in (${lines.length === 0 ? 'null' : lines.join(', ')}) then ${quoteText(JSON_RULE)} else ${quoteText(CSV_RULE)} end`;
  return (
    `select ${loads}[_file + 1] as _load, ${paths}[_file + 1] as _file, _line, to_json(_rules)::VARCHAR as _rules, _row from (` +
    `select _file, _line, _rules, _row from ${PLACES} join ${BAD} using (_file, _at) union all ` +
    `select _file, _line, [${rule}], json_object('_text', _text)::VARCHAR from ${BROKEN}) order by _load, _line`
  );
}

export interface BatchCounts {
  /** By file number. */
  readonly rows: ReadonlyMap<number, number>;
  readonly aside: ReadonlyMap<number, number>;
  /** By rule; a row counts once for each rule it breaks, whether let in or not. */
  readonly broken: ReadonlyMap<string, number>;
}

export async function countBatch(context: LoadContext, files: readonly PreparedFile[]): Promise<BatchCounts> {
  const { session } = context;
  const byFile = async (sql: string) =>
    new Map((await session.rows<{ k: number; n: number }>(sql)).map(({ k, n }) => [Number(k), Number(n)]));
  const rows = await byFile(
    `select _file as k, count(*) as n from ${await goodRows(context)} group by _file`,
  );
  const aside = await byFile(
    `select _file as k, count(*) as n from (select _file from ${BAD} union all select _file from ${BROKEN}) group by _file`,
  );
  const broken = new Map<string, number>();
  const rules = await session.rows<{ rule: string; n: number }>(
    `select rule, count(*) as n from (select unnest(${ALL_RULES}) as rule from ${await judgedWithDuplicates(context)} where _rules is not null or _duplicate) group by rule order by rule`,
  );
  for (const { rule, n } of rules) broken.set(rule, Number(n));
  const lines = await byFile(`select _file as k, count(*) as n from ${BROKEN} group by _file`);
  for (const file of files) {
    const n = lines.get(file.index);
    const rule = file.format === 'jsonl' ? JSON_RULE : CSV_RULE;
    if (n !== undefined) broken.set(rule, (broken.get(rule) ?? 0) + n);
  }
  return { rows, aside, broken };
}
