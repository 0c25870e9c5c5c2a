import {
  type ColumnDef,
  type ColumnType,
  dateOf,
  type Instant,
  type Problem,
  quoteName,
} from '../../base/index.ts';
import type { ColumnData, Session } from '../../engine/index.ts';
import type { BuildContext, Candidate, CheckContext, Graph, Kind, Node } from '../../graph/index.ts';
import { exchangeTable, type TableState } from '../../store/lake/index.ts';
import type { Version } from '../../store/state/index.ts';
import { contractOfInput } from '../contract/index.ts';
import {
  type AskBounds,
  answerPointInTime,
  computeOf,
  computeRow,
  entitySql,
  keyFault,
  type RequestInput,
  reachedRanges,
} from '../feature/index.ts';
import { type InputPlan, type Lookup, planInputs, type Request } from './inputs.ts';
import { failedBehind, onFailedSql } from './on-failed.ts';
import { portrayTrainingSet } from './portrait.ts';
import { profileColumns, profileJson } from './profile.ts';
import type { TrainingSetBody } from './spec.ts';
import { trainingLineage } from './training-lineage.ts';

/**
 * A training set: labels joined point-in-time with features, one immutable table. Rows whose label is null, or not yet
 * known, are left out.
 */
export const trainingSetKind: Kind<TrainingSetBody> = {
  kind: 'training-set',
  revision: 2,
  check: checkTrainingSet,
  lineage: trainingLineage,
  portray: portrayTrainingSet,
  build: buildTrainingSet,
};

function checkTrainingSet(node: Node<TrainingSetBody>, { graph }: CheckContext): readonly Problem[] {
  const { labels, inputs } = node.body;
  const { plan, problems } = planInputs(graph, node, inputs);
  const labelColumns = new Map(contractOfInput(graph, labels.from).columns.map((c) => [c.name, c]));
  const found: Problem[] = [...problems];
  const missing = (column: string, why: string): void => {
    found.push({
      code: 'MILL_MODEL_LABELS_COLUMN',
      message: `Its labels come from '${labels.from}', which has no column '${column}', ${why}.`,
      todo: `Add '${column}' to ${labels.from}: training asks the same question as serving.`,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  const noKey = (column: string, fault: string): void => {
    found.push({
      code: 'MILL_MODEL_LABELS_COLUMN',
      message: `Its labels come from '${labels.from}', where '${column}' is ${fault}.`,
      todo: 'Make it a text, a whole number or a truth value there.',
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  for (const { name, body, via } of plan.lookups)
    for (const key of via === undefined ? body.entity.keys : []) {
      const column = labelColumns.get(key);
      const fault = column && keyFault(column.type);
      if (column === undefined) missing(key, `a key of ${name}`);
      else if (fault !== undefined) noKey(key, fault);
    }
  for (const { name, body } of plan.requests)
    for (const column of body.request)
      if (!labelColumns.has(column.name)) missing(column.name, `which ${name} wants from a request`);
  const taken = new Set([...plan.keys, labels.at, labels.target]);
  for (const { name, from } of plan.columns)
    if (taken.has(name))
      found.push({
        code: 'MILL_MODEL_INPUT_CLASH',
        message: `The input '${name}' of ${from} has the name of a key, of the label or of its instant.`,
        todo: 'Rename the feature.',
        owner: 'project',
        asset: node.name,
        place: node.place,
      });
  return found;
}

/** The columns of a training set: keys, instant, target, then the model's inputs in order. */
function trainingColumns(
  node: Node<TrainingSetBody>,
  plan: InputPlan,
  targetType: ColumnDef['type'],
): ColumnDef[] {
  const { labels } = node.body;
  return [
    ...plan.keys.map((name): ColumnDef => ({ name, type: 'string', nullable: true })),
    { name: labels.at, type: 'timestamp', nullable: false },
    { name: labels.target, type: targetType, nullable: false },
    ...plan.columns.map(({ name, type }): ColumnDef => ({ name, type, nullable: true })),
  ];
}

/** The hidden column with the failed checks that a row stands on; null for none. */
const FAILED: ColumnDef = { name: '_failed', type: 'string', nullable: true };

async function buildTrainingSet(context: BuildContext<TrainingSetBody>): Promise<Candidate> {
  const { node, graph, workspace, progress } = context;
  const { labels, inputs } = node.body;
  const { plan } = planInputs(graph, node, inputs);
  const asOf = workspace.clock.now();
  const session = await workspace.engine.session();
  try {
    progress(0, 'collecting labels');
    const { left, bounds } = await collectAsks(session, context, plan, asOf);
    const late: Record<string, number> = {};
    for (const [i, lookup] of plan.lookups.entries()) {
      progress((i + 1) / (plan.lookups.length + 2), `${lookup.name} point in time`);
      const reached = workspace.lake.pruned(tableBehind(context, lookup), reachedRanges(lookup.body, bounds));
      const events = session.scan(reached, { rowId: true });
      const { late: own } = await answerPointInTime(session, {
        ...{ body: lookup.body, events, asks: asksOf(lookup), bounds, into: lookup.name },
        signal: context.signal,
        progress: (share) =>
          progress((i + share) / (plan.lookups.length + 1), `${lookup.name} point in time`),
      });
      for (const [feature, rows] of Object.entries(own)) late[`${lookup.name}.${feature}`] = rows;
    }
    for (const request of plan.requests) {
      progress((plan.lookups.length + 1) / (plan.lookups.length + 2), request.name);
      await computeRequests(session, graph, request, plan.lookups);
    }
    const targetType =
      contractOfInput(graph, labels.from).columns.find((c) => c.name === labels.target)?.type ?? 'double';
    const columns = trainingColumns(node, plan, targetType);
    const failed = failedBehind(context, plan);
    const joined = joinSql(node.body, plan, onFailedSql(failed, 'asks._at'));
    const { lake } = workspace;
    const exchange = exchangeTable(lake, node.name, [...columns, FAILED]);
    const files = await session.write(lake.folderOf(node.name), exchange.columns, joined);
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const profile = await profileColumns(session, `(${joined})`, columns);
    const [standing] = await session.rows<{ n: number }>(
      `select count(*) as n from (select ${onFailedSql(failed, '_at')} as f from asks) where f is not null`,
    );
    const onFailed = Number(standing?.n ?? 0);
    const what = labels.leaveOutFailed ? 'left out, which stand' : 'stand';
    const told = onFailed === 0 ? '' : `; ${onFailed.toLocaleString('en')} ${what} on failed checks`;
    return {
      rows,
      note: `${rows.toLocaleString('en')} labelled rows; ${left.toLocaleString('en')} whose label is not known yet${told}`,
      checks: [
        { name: 'labelled rows', passed: rows > 0, severity: 'block', observed: String(rows), wanted: '≥ 1' },
      ],
      detail: {
        asOf,
        unknownYet: left,
        ...(Object.keys(late).length === 0 ? {} : { late }),
        profile: profileJson(profile),
        ...(onFailed === 0 ? {} : { onFailed: { rows: onFailed, checks: failed.map(({ check }) => check) } }),
      },
      changes: exchange.changes(files),
    };
  } finally {
    session.close();
  }
}

/** Who is asked about when: entities by the labels' own keys, or by a feature that another lookup has found. */
function asksOf({ body: { entity }, via }: Lookup): string {
  if (via === undefined) return `(select _ask, ${entitySql(entity, 'asks')} as _entity, _at from asks)`;
  const found = `found.${quoteName(via.feature)}::VARCHAR`;
  return `(select _ask, ${found} as _entity, _at from asks join ${quoteName(via.lookup)} as found using (_ask))`;
}

/** The dataset behind a features asset, at the snapshot which that asset's version covers. */
function tableBehind({ workspace, input }: BuildContext<TrainingSetBody>, { of, body }: Lookup): TableState {
  const built = workspace.state.version(input(of).inputs[body.from] as string) as Version;
  return workspace.lake.table(body.from, built.snapshot) as TableState;
}

/**
 * Makes the temporary table `asks`: one row a label. Gives the number of rows left out because their label is not known yet, and
 * the instants between which all asks lie.
 */
async function collectAsks(
  session: Session,
  { node, workspace, input }: BuildContext<TrainingSetBody>,
  plan: InputPlan,
  asOf: Instant,
): Promise<{ left: number; bounds: AskBounds }> {
  const { labels } = node.body;
  const version = input(labels.from);
  const table = workspace.lake.table(labels.from, version.snapshot) as TableState;
  const relation = session.scan(table, { rowId: true });
  const at = quoteName(labels.at);
  const target = quoteName(labels.target);
  const wanted = new Set([...plan.keys, ...plan.requestColumns.map((c) => c.name)]);
  wanted.delete(labels.at);
  wanted.delete(labels.target);
  const known = `epoch_us(${at}) + ${labels.knownAfter} <= ${asOf}`;
  const columns = [...wanted].map(quoteName).join(', ');
  await session.run(
    `create temp table asks as
     select row_number() over (order by ${at}, _row_id) - 1 as _ask, epoch_us(${at}) as _at, ${at}, ${target}${columns && `, ${columns}`}
     from ${relation} where ${target} is not null and ${at} is not null and ${known}`,
  );
  const [row] = await session.rows<{ left: number }>(
    `select count(*) as "left" from ${relation} where ${target} is not null and not (${known})`,
  );
  const [span] = await session.rows<{ from: number | null; to: number | null }>(
    'select min(_at) as "from", max(_at) as "to" from asks',
  );
  const { from, to } = span ?? { from: null, to: null };
  return { left: row?.left ?? 0, bounds: from === null || to === null ? {} : { from, to } };
}

/** Rows of the asks that are computed at a time: bounds memory, and lets the process breathe in between. */
const CHUNK = 50_000;

/** Calls the user's function for every ask and keeps the answers in a temporary table under the asset's name. */
async function computeRequests(
  session: Session,
  graph: Graph,
  { name, body, columns }: Request,
  lookups: readonly Lookup[],
): Promise<void> {
  const compute = computeOf(graph.nodes.get(name) as Node);
  const { request, uses } = body;
  const [count] = await session.rows<{ n: number }>('select count(*) as n from asks');
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
      `select _ask${request.map((c) => `, ${quoteName(c.name)}`).join('')} from asks where ${bounds} order by _ask`,
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
    ...plan.keys.map((key) => `asks.${quoteName(key)}::VARCHAR as ${quoteName(key)}`),
    `asks.${quoteName(labels.at)}`,
    `asks.${quoteName(labels.target)}`,
    ...plan.columns.map(({ name, from }) => `${quoteName(from)}.${quoteName(name)}`),
    `${failed} as _failed`,
  ];
  const joins = parts.map((name) => `join ${quoteName(name)} using (_ask)`);
  const where = labels.leaveOutFailed ? 'where _failed is null' : '';
  return `select ${select.join(', ')} from asks ${joins.join(' ')} ${where} order by asks._ask`;
}
