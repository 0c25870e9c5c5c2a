import {
  type ColumnDef,
  type ColumnType,
  dateOf,
  type Instant,
  type Json,
  MillraceError,
  outsideSql,
  quoteName,
} from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { BuildContext, Graph, Node } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { contractOfInput } from '../../contract/index.ts';
import {
  type AskBounds,
  answerPointInTime,
  computeOf,
  computeRow,
  entitySql,
  type KeptShares,
  leaving,
  leftBehind,
  type RequestInput,
  reachedRanges,
} from '../../feature/index.ts';
import type { InputPlan, Lookup, Request } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';
import { HEAVIEST, LIGHTEST } from '../train/index.ts';
import { keeping, type Sampled } from './negatives.ts';
import { type FailedBehind, failedBehind, onFailedSql } from './on-failed.ts';
import { splitSql } from './split.ts';

/** What the rows follow from: the declaration, and a version of each input. Building takes the live ones, rebuilding those of then. */
export type Ingredients = Pick<
  BuildContext<TrainingSetBody>,
  'node' | 'graph' | 'workspace' | 'input' | 'progress' | 'signal'
>;

/** What is to be known of the rows, once they are there. */
export interface Assembled {
  /** Labels that are not known yet. */
  readonly unknownYet: number;
  /** Rows without an answer, or without an instant at which it was asked. */
  readonly unanswered: number;
  /** By feature, where there are any: rows that became known only after they had left its window. */
  readonly late: Readonly<Record<string, number>>;
  readonly sampled: Sampled | undefined;
  readonly borders: Json;
  /** Rows left out because the next part begins less than the split's `gap` after them. */
  readonly inGap: number;
  readonly failed: readonly FailedBehind[];
  /** Asks that stand on failed checks. */
  readonly onFailed: number;
}

/** The relation with the rows, for the session in which they were put together. `_ask` and `_at` stand in it beside the columns. */
export const ROWS = '_rows';

/** The columns that carry what is known and asked: keys, instant, group, target, then the model's inputs in order. */
export function trainingColumns(node: Node<TrainingSetBody>, plan: InputPlan, graph: Graph): ColumnDef[] {
  const { labels } = node.body;
  const target = contractOfInput(graph, labels.from).columns.find(({ name }) => name === labels.target);
  return [
    ...plan.keys.map((name): ColumnDef => ({ name, type: 'string', nullable: true })),
    { name: labels.at, type: 'timestamp', nullable: false },
    ...groupBeside(labels, plan).map((name): ColumnDef => ({ name, type: 'string', nullable: true })),
    { name: labels.target, type: target?.type ?? 'double', nullable: false },
    ...plan.columns.map(({ name, type }): ColumnDef => ({ name, type, nullable: true })),
  ];
}

/** What else is known of a row: the failed checks that it stands on, null for none; for how many it stands; and the part it is in. */
export const HIDDEN: readonly ColumnDef[] = [
  { name: '_failed', type: 'string', nullable: true },
  { name: '_weight', type: 'double', nullable: false },
  { name: '_split', type: 'string', nullable: false },
];

/** The column with the group, where that is not a key anyway. */
export function groupBeside({ group }: TrainingSetBody['labels'], { keys }: InputPlan): string[] {
  return group === undefined || keys.includes(group) ? [] : [group];
}

/**
 * Puts the rows of a training set together, as the temporary view `ROWS` of a session: labels that are known, negatives sampled, joined
 * point-in-time with features, parted. The same ingredients and instant give the same rows.
 */
export async function assemble(
  session: Session,
  context: Ingredients,
  plan: InputPlan,
  asOf: Instant,
  keptOf?: (lookup: string) => KeptShares,
): Promise<Assembled> {
  const { node, graph, workspace, progress } = context;
  const { body } = node;
  progress(0, 'collecting labels');
  const { left, unanswered, bounds, sampled } = await collectAsks(session, context, plan, asOf);
  const late: Record<string, number> = {};
  for (const [i, lookup] of plan.lookups.entries()) {
    const reached = workspace.lake.pruned(tableBehind(context, lookup), reachedRanges(lookup.body, bounds));
    const answered = await answerPointInTime(session, {
      ...{ body: lookup.body, bounds, into: lookup.name, signal: context.signal },
      ...{ events: session.scan(reached, { rowId: true }), asks: asksOf(lookup) },
      ...(keptOf === undefined ? {} : { kept: keptOf(lookup.name) }),
      progress: (share) => progress((i + share) / (plan.lookups.length + 2), `${lookup.name} point in time`),
    });
    for (const [feature, rows] of Object.entries(answered.late)) late[`${lookup.name}.${feature}`] = rows;
  }
  for (const request of plan.requests) {
    progress((plan.lookups.length + 1) / (plan.lookups.length + 2), request.name);
    await computeRequests(session, graph, request, plan.lookups);
  }
  const failed = failedBehind(context, plan);
  await session.run(`create temp table _joined as ${joinSql(body, plan, onFailedSql(failed, '_asks._at'))}`);
  const { sql, borders } = await splitSql(session, body, plan.keys, '_joined');
  await session.run(
    `create temp view ${ROWS} as select * from (select *, ${sql} as _split from _joined) where _split is not null`,
  );
  const [gap] = await session.rows<{ n: number }>(
    `select (select count(*) from _joined) - (select count(*) from ${ROWS}) as n`,
  );
  const [standing] = await session.rows<{ n: number }>(
    `select count(*) as n from (select ${onFailedSql(failed, '_at')} as f from _asks) where f is not null`,
  );
  return {
    unknownYet: left,
    unanswered,
    late,
    sampled,
    borders,
    failed,
    onFailed: Number(standing?.n ?? 0),
    inGap: Number(gap?.n ?? 0),
  };
}

/** Who is asked about when: entities by the labels' own keys, or by a feature that another lookup has found. */
export function asksOf({ body: { entity }, via }: Lookup): string {
  if (via === undefined) return `(select _ask, ${entitySql(entity, '_asks')} as _entity, _at from _asks)`;
  const found = `found.${quoteName(via.feature)}::VARCHAR`;
  return `(select _ask, ${found} as _entity, _at from _asks join ${quoteName(via.lookup)} as found using (_ask))`;
}

/** The dataset behind a features asset, at the snapshot which that asset's version covers. */
export function tableBehind(
  { workspace, input }: Pick<Ingredients, 'workspace' | 'input'>,
  { of, body }: Lookup,
): TableState {
  const built = workspace.state.version(input(of).inputs[body.from] as string) as Version;
  return workspace.lake.table(body.from, built.snapshot) as TableState;
}

/**
 * Makes the temporary table `_asks`, a name that no asset has: one row a label that is kept. Gives the number of rows left out because their label is
 * not known yet, of those that have none, and the instants between which all asks lie.
 */
async function collectAsks(
  session: Session,
  { node, workspace, input }: Ingredients,
  plan: InputPlan,
  asOf: Instant,
): Promise<{ left: number; unanswered: number; bounds: AskBounds; sampled: Sampled | undefined }> {
  const { labels } = node.body;
  const version = input(labels.from);
  const table = workspace.lake.table(labels.from, version.snapshot) as TableState;
  const relation = session.scan(table, { rowId: true });
  const at = quoteName(labels.at);
  const target = quoteName(labels.target);
  const wanted = new Set([
    ...plan.keys,
    ...groupBeside(labels, plan),
    ...plan.requestColumns.map((c) => c.name),
  ]);
  wanted.delete(labels.at);
  wanted.delete(labels.target);
  const known = `epoch_us(${at}) + ${labels.knownAfter} <= ${asOf}`;
  const columns = [...wanted].map(quoteName).join(', ');
  const labelled = `(select * from ${relation} where ${target} is not null and ${at} is not null and ${known})`;
  const { where, weight, sampled } = await keeping(session, node.body, plan.keys, labelled);
  await checkWeights(session, node, labelled, weight);
  await session.run(
    `create temp table _asks as
     select row_number() over (order by ${at}, _row_id) - 1 as _ask, epoch_us(${at}) as _at, ${weight} as _weight, ${at}, ${target}${columns && `, ${columns}`}
     from ${labelled} where ${where}`,
  );
  const [row] = await session.rows<{ left: number; unanswered: number }>(
    `select count(*) filter (${target} is not null and not (${known})) as "left",
       count(*) filter (${target} is null or ${at} is null) as unanswered from ${relation}`,
  );
  const [span] = await session.rows<{
    from: number | null;
    to: number | null;
    rows: number;
    outside: number;
  }>(
    `select min(_at) as "from", max(_at) as "to", count(*) as "rows", count(*) filter (${outsideSql(at)}) as outside from _asks`,
  );
  const { from = null, to = null, rows = 0, outside = 0 } = span ?? {};
  if (outside > 0) throw asksOutside(node, outside, rows);
  const bounds = from === null || to === null ? {} : { from, to };
  return { left: row?.left ?? 0, unanswered: row?.unanswered ?? 0, bounds, sampled };
}

/**
 * The weights that the labels name, and those that rows have then (`counted`): a negative stands for others.
 * @throws MILL_TRAINING_SET_WEIGHTS
 */
async function checkWeights(
  session: Session,
  { name, body: { labels, negatives } }: Node<TrainingSetBody>,
  labelled: string,
  counted: string,
): Promise<void> {
  if (labels.weight === undefined) return;
  const weight = quoteName(labels.weight);
  // NaN is above all numbers to DuckDB, and null meets no condition.
  const [found] = await session.rows<{ wrong: number; rows: number; one: string | null }>(
    `select count(*) filter (not good) as wrong, count(*) as rows, any_value(coalesce(${weight}::VARCHAR, 'null')) filter (not good) as one
     from (select ${weight}, coalesce(${weight} >= ${LIGHTEST} and ${counted} <= ${HEAVIEST}, false) as good from ${labelled})`,
  );
  const { wrong = 0, rows = 0, one } = found ?? {};
  if (wrong === 0) return;
  const times = negatives === undefined ? '' : ', times how many a negative stands for';
  throw new MillraceError({
    code: 'MILL_TRAINING_SET_WEIGHTS',
    message: `${wrong.toLocaleString('en')} of ${rows.toLocaleString('en')} rows of ${labels.from} have no weight in ${labels.weight} from ${LIGHTEST} to ${HEAVIEST}${times}; one is ${one}.`,
    todo: `Mend these rows, or leave them out by the contract of ${labels.from}: a row that is to count for nothing is none.`,
    owner: 'data',
    asset: name,
  });
}

function asksOutside(
  { name, body: { labels } }: Node<TrainingSetBody>,
  n: number,
  all: number,
): MillraceError {
  return new MillraceError({
    code: 'MILL_TRAINING_SET_INSTANTS',
    message: `${n.toLocaleString('en')} of ${all.toLocaleString('en')} rows of ${labels.from} ${n === 1 ? 'has' : 'have'} an entry of ${labels.at} before 1700 or from 2255 on: nothing is known as of then.`,
    todo: `Mend these rows, or leave them out by the contract of ${labels.from}.`,
    owner: 'data',
    asset: name,
  });
}

/** Rows of the asks that are computed at a time: bounds memory, and lets the process breathe in between. */
const CHUNK = 50_000;

/**
 * Calls the user's function for every ask and keeps the answers in a temporary table under the asset's name.
 * @throws MILL_REQUEST_FEATURES_FAILED
 */
export async function computeRequests(
  session: Session,
  graph: Graph,
  request: Request,
  lookups: readonly Lookup[],
): Promise<void> {
  const { left } = await leaving(request.name, () => computeAll(session, graph, request, lookups));
  if (left !== undefined) throw leftBehind(request.name, left);
}

async function computeAll(
  session: Session,
  graph: Graph,
  { name, body, columns }: Request,
  lookups: readonly Lookup[],
): Promise<void> {
  const compute = computeOf(graph.nodes.get(name) as Node);
  const { request, uses } = body;
  const [count] = await session.rows<{ n: number }>('select count(*) as n from _asks');
  const total = count?.n ?? 0;
  const types = columns.map(
    (c) =>
      `null::${c.type === 'string' ? 'VARCHAR' : c.type === 'boolean' ? 'BOOLEAN' : 'DOUBLE'} as ${quoteName(c.name)}`,
  );
  await session.run(
    `create temp table ${quoteName(name)} as select 0::BIGINT as _ask${types.map((t) => `, ${t}`).join('')} where false`,
  );
  const aliases = Object.entries(uses);
  for (let from = 0; from < total; from += CHUNK) {
    const bounds = `_ask >= ${from} and _ask < ${from + CHUNK}`;
    const asked = await session.columns(
      `select _ask${request.map((c) => `, ${quoteName(c.name)}`).join('')} from _asks where ${bounds} order by _ask`,
    );
    const parts: { as: string; data: ColumnData[]; lists?: ReadonlyMap<string, ColumnType> }[] = [
      { as: 'request', data: asked.slice(1) },
    ];
    for (const [as, used] of aliases)
      parts.push({
        as,
        data: await session.columns(
          `select * exclude (_ask) from ${quoteName(used)} where ${bounds} order by _ask`,
        ),
        lists: listsOf(lookups, used),
      });
    const rows = asked[0]?.values.length ?? 0;
    const outputs: ColumnData[] = columns.map((c) =>
      c.type === 'string'
        ? { name: c.name, type: 'string', values: new Array<string | null>(rows) }
        : { name: c.name, type: c.type, values: new Float64Array(rows) },
    );
    for (let i = 0; i < rows; i++) {
      const input = Object.fromEntries(
        parts.map(({ as, data, lists }) => [
          as,
          Object.fromEntries(data.map((c) => [c.name, cellAt(c, i, lists?.get(c.name))])),
        ]),
      ) as RequestInput;
      const values = computeRow(name, compute, columns, input);
      for (const output of outputs) {
        const value = values[output.name] ?? null;
        if (output.type === 'string') (output.values as (string | null)[])[i] = value as string | null;
        else output.values[i] = value === null ? Number.NaN : Number(value);
      }
    }
    await session.load('_chunk', [asked[0] as ColumnData, ...outputs]);
    await session.run(`insert into ${quoteName(name)} by name select * from _chunk`);
    await session.run('drop table _chunk');
  }
}

/** The lists among the features of a lookup, with the type of their items. */
function listsOf(lookups: readonly Lookup[], name: string): Map<string, ColumnType> {
  const { features } = lookups.find((lookup) => lookup.name === name)?.body ?? { features: [] };
  return new Map(features.flatMap((spec) => (spec.list ? [[spec.name, spec.type] as const] : [])));
}

/** A cell as the user's function sees it: instants are Dates, numbers numbers, lists lists, missing is null. */
function cellAt(column: ColumnData, row: number, list?: ColumnType): unknown {
  const value = column.values[row];
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (list !== undefined) {
    const items = JSON.parse(value as string) as unknown[];
    return list === 'timestamp' ? items.map((micros) => dateOf(micros as number)) : items;
  }
  if (column.type === 'boolean') return value === 1;
  if (column.type === 'timestamp') return dateOf(value as number);
  return value;
}

/** All parts side by side, oldest ask first. */
function joinSql({ labels }: TrainingSetBody, plan: InputPlan, failed: string): string {
  const parts = [...plan.lookups, ...plan.requests].map(({ name }) => name);
  const select = [
    '_asks._ask',
    '_asks._at',
    ...plan.keys.map((key) => `_asks.${quoteName(key)}::VARCHAR as ${quoteName(key)}`),
    `_asks.${quoteName(labels.at)}`,
    ...groupBeside(labels, plan).map((group) => `_asks.${quoteName(group)}::VARCHAR as ${quoteName(group)}`),
    `_asks.${quoteName(labels.target)}`,
    ...plan.columns.map(({ name, from }) => `${quoteName(from)}.${quoteName(name)}`),
    `${failed} as _failed`,
    '_asks._weight',
  ];
  const joins = parts.map((name) => `join ${quoteName(name)} using (_ask)`);
  const where = labels.leaveOutFailed ? 'where _failed is null' : '';
  return `select ${select.join(', ')} from _asks ${joins.join(' ')} ${where} order by _asks._ask`;
}
