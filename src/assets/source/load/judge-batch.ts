import { type Problem, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import {
  type ContractSpec,
  enforceSql,
  JSON_RULE,
  pathText,
  pointerTo,
  refusesNull,
} from '../../contract/index.ts';
import { type BrokenLine, mend } from './mend.ts';
import { assertColumns, type PreparedFile, parquetReason } from './prepared-file.ts';
import { groupsOf, rawRelation } from './raw-relation.ts';
import { unreadable } from './unreadable.ts';

/** What all steps of one loading share. The temporary tables of a session have these names, one batch at a time. */
export interface LoadContext {
  readonly session: Session;
  readonly contract: ContractSpec;
  readonly nulls: readonly string[];
  readonly tempFolder: string;
  readonly wasJudged?: boolean;
}

/** `_file`, `v0`, `v1`, …, `_rules`, `_unfit`; rowid rises with the line within a file. */
export const JUDGED = '_mill_judged';
/** Lines that are no rows: `_file`, `_line`, `_text`. */
export const BROKEN = '_mill_broken';
/** Sorts judged rows by load and line: rowid alone does not, since files are read in groups. */
export const ORDER = `(_file * 1099511627776 + rowid)`;

export const SQL_TYPES = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};

/**
 * Reads files and judges their rows into JUDGED and BROKEN: each group of like files in one query, and when that fails file by file,
 * so that the culprit is known.
 * @throws MILL_SOURCE_FILE_UNREADABLE, MILL_SOURCE_COLUMN_MISSING naming the culprit
 */
export async function judgeBatch(context: LoadContext, files: readonly PreparedFile[]): Promise<void> {
  const { session, contract } = context;
  const columns = contract.columns.map((column, i) => `v${i} ${SQL_TYPES[column.type]}, `).join('');
  await session.run(
    `create or replace temp table ${JUDGED} (_file BIGINT, ${columns}_rules VARCHAR[], _unfit BOOLEAN)`,
  );
  await session.run(`create or replace temp table ${BROKEN} (_file BIGINT, _line BIGINT, _text VARCHAR)`);
  for (const group of groupsOf(files)) {
    try {
      await insertJudged(context, group);
    } catch {
      for (const file of group) await judgeFile(context, file);
    }
    await assertKeysSeen(context, group);
  }
}

/** One file by itself: its first failure tells whether it is damaged or only has lines that are no rows. */
async function judgeFile(context: LoadContext, file: PreparedFile): Promise<void> {
  try {
    await insertJudged(context, [file]);
  } catch (error) {
    if (file.format === 'parquet') throw unreadable(file.found.path, parquetReason(error), { cause: error });
    await judgeMended(context, file);
  }
}

/** Judges the sound records of a file and keeps its broken lines. What the file gave before is dropped. */
export async function judgeMended(context: LoadContext, file: PreparedFile): Promise<void> {
  const { session } = context;
  let broken: BrokenLine[] = [];
  const flush = async () => {
    if (broken.length === 0) return;
    await session.load('_mill_broken_chunk', [
      { name: '_file', type: 'integer', values: Float64Array.from(broken, (b) => b.file) },
      { name: '_line', type: 'integer', values: Float64Array.from(broken, (b) => b.line) },
      { name: '_text', type: 'string', values: broken.map((b) => b.text) },
    ]);
    await session.run(`insert into ${BROKEN} from _mill_broken_chunk`);
    broken = [];
  };
  await session.run(`delete from ${JUDGED} where _file = ${file.index}`);
  const mended = await mend(file, context.tempFolder, async (line) => {
    broken.push(line);
    if (broken.length >= 10_000) await flush();
  });
  await flush();
  await insertJudged(context, [mended]);
}

async function insertJudged(context: LoadContext, group: readonly PreparedFile[]): Promise<void> {
  const { session, contract, nulls } = context;
  const sql = enforceSql(contract, rawRelation(contract, group, nulls));
  await session.run(`insert into ${JUDGED} by name ${sql}`);
}

/** Where columns lie that must have a value, and no object of a file has anything. */
async function nestedNowhere({ session, contract }: LoadContext, file: PreparedFile): Promise<Problem[]> {
  const wanted = contract.columns.filter(
    (column) => column.at !== undefined && refusesNull(contract, column),
  );
  if (wanted.length === 0) return [];
  const seen = wanted.map(
    (column, i) => `coalesce(bool_or(json_exists(line, ${quoteText(pointerTo(column))})), false) as s${i}`,
  );
  const [found] = await session.rows<Record<string, boolean>>(
    `select ${seen.join(', ')} from ${rawRelation(contract, [file], []).from} where is_object`,
  );
  return wanted
    .filter((_, i) => found?.[`s${i}`] === false)
    .map((column) => ({
      code: 'MILL_SOURCE_COLUMN_MISSING',
      message: `No object of '${file.found.path}' has anything at ${pathText(pointerTo(column))}, where column '${column.name}' is declared to lie.`,
      todo: 'If it was moved, correct .at(…) in the contract.',
      owner: 'data',
    }));
}

/**
 * JSON has no header, so a column is missing when no object of a file has its key. A nullable column may be absent
 * everywhere: leaving a key out is how JSON lines write null.
 */
async function assertKeysSeen(context: LoadContext, group: readonly PreparedFile[]): Promise<void> {
  const { session, contract } = context;
  if (group[0]?.format !== 'jsonl' || context.wasJudged) return;
  const wanted = contract.columns.flatMap((column, i) =>
    refusesNull(contract, column) ? [{ column, i }] : [],
  );
  if (wanted.length === 0) return;
  const empty = await session.rows<{ _file: number }>(
    `select _file from ${JUDGED} where _file in (${group.map((file) => file.index).join(', ')}) ` +
      `and not list_contains(coalesce(_rules, []), ${quoteText(JSON_RULE)}) ` +
      `group by _file having least(${wanted.map(({ i }) => `count(v${i})`).join(', ')}) = 0 order by _file`,
  );
  for (const { _file } of empty) {
    const file = group.find((one) => one.index === Number(_file))!;
    const seen = await session.rows<{ name: string }>(
      `select distinct unnest(json_keys(case when is_object then line end)) as name from ${rawRelation(contract, [file], []).from} order by name limit 10000`,
    );
    const names = new Set(seen.map((row) => row.name));
    const [flat, nested] = [
      contract.columns.filter(({ at }) => at === undefined),
      await nestedNowhere(context, file),
    ];
    // Nullable columns need not be there.
    for (const column of flat) if (!refusesNull(contract, column)) names.add(column.name);
    assertColumns(file.found.path, { columns: flat }, [...names], nested);
  }
}
