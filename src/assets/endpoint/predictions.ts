import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ColumnDef,
  type Instant,
  instantLiteral,
  type JsonObject,
  MillraceError,
} from '../../base/index.ts';
import { type ColumnData, gather } from '../../engine/index.ts';
import { HOME, type Workspace } from '../../graph/index.ts';
import type { LakeChange, TableState } from '../../store/lake/index.ts';
import type { LogRecord } from '../../store/log/index.ts';
import type { Prediction, Ranked } from './serving.ts';

/** The log in which an endpoint's predictions are durable before they are answered. */
export const predictionLog = (endpoint: string): string => `predictions-${endpoint}`;
/** The lake table in which they land. */
export const predictionTable = (endpoint: string): string => `${endpoint}__predictions`;

const columns: readonly ColumnDef[] = [
  { name: 'id', type: 'string', nullable: false },
  { name: 'as_of', type: 'timestamp', nullable: false },
  { name: 'version', type: 'string', nullable: false },
  { name: 'model', type: 'string', nullable: false },
  { name: 'output', type: 'double', nullable: false },
  { name: 'probabilities', type: 'string', nullable: true },
  { name: 'classes', type: 'string', nullable: true },
  { name: 'decision', type: 'string', nullable: false },
  { name: 'keys', type: 'string', nullable: false },
  { name: 'request', type: 'string', nullable: false },
  { name: 'features', type: 'string', nullable: false },
  { name: 'states', type: 'string', nullable: false },
  { name: 'heads', type: 'string', nullable: true },
  { name: 'latency_ms', type: 'double', nullable: false },
  { name: 'ranked', type: 'string', nullable: true },
];

/** Predictions that are brought to the lake at a time. */
const BATCH = 50_000;

/**
 * Brings what the log holds and the lake does not yet have into the lake, in one commit a batch: the rows and the log's offset move
 * together, so a crash in between neither loses nor doubles one. Safe to call from several processes; one of them wins.
 * Gives the number of predictions brought.
 */
export async function flushPredictions(workspace: Workspace, endpoint: string): Promise<number> {
  const { state } = workspace;
  const name = predictionLog(endpoint);
  const log = await workspace.log(name);
  let flushed = 0;
  for (;;) {
    const from = state.logOffsets(name);
    const batch: LogRecord[] = [];
    for await (const record of log.read(from)) {
      batch.push(record);
      if (batch.length === BATCH) break;
    }
    if (batch.length === 0) break;
    if (!(await commitBatch(workspace, endpoint, batch, from))) break;
    flushed += batch.length;
  }
  if (flushed > 0) await log.trim(state.logOffsets(name));
  return flushed;
}

/** False when another process has brought these records meanwhile. */
async function commitBatch(
  { lake, state, engine }: Workspace,
  endpoint: string,
  batch: readonly LogRecord[],
  from: ReadonlyMap<string, number>,
): Promise<boolean> {
  const log = predictionLog(endpoint);
  const table = predictionTable(endpoint);
  const base = lake.head();
  const present = lake.table(table, base);
  const session = await engine.session();
  try {
    await session.load('batch', columnsOf(batch.map(({ value }) => value as unknown as Prediction)));
    const states = present?.columns ?? columns.map((column, i) => ({ id: i + 1, ...column }));
    const files = await session.write(lake.folderOf(table), states, 'select * from batch');
    // Of a commit every half minute only small files would come.
    const gathered = present && (await gather(session, lake.folderOf(table), present));
    const change: LakeChange =
      present === undefined
        ? { kind: 'create', table, columns, files }
        : gathered === undefined
          ? { kind: 'append', table, files }
          : { kind: 'replace', table, keep: gathered.keep, files: [...gathered.files, ...files] };
    lake.commit(base, [change], { author: 'millrace', message: `${endpoint}: predictions` }, () => {
      const now = state.logOffsets(log);
      const next = new Map<string, number>();
      for (const { position } of batch) next.set(position.stream, position.index + 1);
      for (const [stream, index] of next) {
        if ((now.get(stream) ?? 0) !== (from.get(stream) ?? 0)) throw new Overtaken();
        state.setLogOffset(log, stream, index);
      }
    });
    return true;
  } catch (error) {
    const conflict = error instanceof MillraceError && error.code === 'MILL_LAKE_CONFLICT';
    if (error instanceof Overtaken || conflict) return false;
    throw error;
  } finally {
    session.close();
  }
}

/** Another process has flushed the same records first. */
class Overtaken extends Error {}

function columnsOf(predictions: readonly Prediction[]): ColumnData[] {
  const text = (name: string, of: (p: Prediction) => string): ColumnData => ({
    name,
    type: 'string',
    values: predictions.map(of),
  });
  const jsonOrNull = (name: string, of: (p: Prediction) => readonly unknown[] | null): ColumnData => ({
    name,
    type: 'string',
    values: predictions.map((p) => (of(p) === null ? null : JSON.stringify(of(p)))),
  });
  const number = (name: string, type: 'double' | 'timestamp', of: (p: Prediction) => number): ColumnData => ({
    name,
    type,
    values: Float64Array.from(predictions, of),
  });
  return [
    text('id', (p) => p.id),
    number('as_of', 'timestamp', (p) => p.asOf),
    text('version', (p) => p.version),
    text('model', (p) => p.model),
    number('output', 'double', (p) => p.output),
    jsonOrNull('probabilities', (p) => p.probabilities),
    jsonOrNull('classes', (p) => p.classes),
    text('decision', (p) => String(p.decision)),
    text('keys', (p) => JSON.stringify(p.keys)),
    text('request', (p) => JSON.stringify(p.request)),
    text('features', (p) => JSON.stringify(p.features)),
    text('states', (p) => JSON.stringify(p.states)),
    text('heads', (p) => JSON.stringify(p.heads ?? {})),
    number('latency_ms', 'double', (p) => p.latencyMs),
    jsonOrNull('ranked', (p) => p.ranked ?? null),
  ];
}

/**
 * What the log of an endpoint holds and the lake does not yet have. Who looks at both takes the table after this: what is brought to the lake
 * meanwhile is seen twice then, and the other way round it would not be seen at all.
 */
async function* notInLake(
  { folder, state, log }: Workspace,
  endpoint: string,
): AsyncGenerator<Prediction, void> {
  const name = predictionLog(endpoint);
  // To be asked makes no log.
  if (!existsSync(join(folder, HOME, 'log', name))) return;
  for await (const { value } of (await log(name)).read(state.logOffsets(name)))
    yield value as unknown as Prediction;
}

/** The versions that predictions of an endpoint were made with, in the lake and in the log: a trace goes back to them. */
export async function versionsNamed(workspace: Workspace, endpoint: string): Promise<Set<string>> {
  const found = new Set<string>();
  const add = (version: string, model: string, states: Readonly<Record<string, string>>): void => {
    for (const id of [version, model, ...Object.values(states)]) found.add(id);
  };
  for await (const { version, model, states } of notInLake(workspace, endpoint)) add(version, model, states);
  const table = workspace.lake.table(predictionTable(endpoint));
  if (table === undefined) return found;
  const session = await workspace.engine.session();
  try {
    const rows = await session.rows<{ version: string; model: string; states: string }>(
      `select distinct version, model, states from ${session.scan(table)}`,
    );
    for (const { version, model, states } of rows) add(version, model, JSON.parse(states));
  } finally {
    session.close();
  }
  return found;
}

/** A prediction by its id: in the lake, or still in the log; undefined when neither has it. */
export async function findPrediction(
  workspace: Workspace,
  endpoint: string,
  id: string,
): Promise<Prediction | undefined> {
  const { lake, engine } = workspace;
  const table = lake.table(predictionTable(endpoint));
  const found = table && (await readPrediction(engine, table, endpoint, id));
  if (found) return found;
  for await (const prediction of notInLake(workspace, endpoint)) if (prediction.id === id) return prediction;
  // Brought to the lake since the table was looked at.
  const now = lake.table(predictionTable(endpoint));
  return now && readPrediction(engine, now, endpoint, id);
}

async function readPrediction(
  engine: Workspace['engine'],
  table: TableState,
  endpoint: string,
  id: string,
): Promise<Prediction | undefined> {
  return (await readPredictions(engine, table, endpoint, [id]))[0];
}

async function readPredictions(
  engine: Workspace['engine'],
  table: TableState,
  endpoint: string,
  ids: readonly string[],
): Promise<Prediction[]> {
  if (ids.length === 0) return [];
  const session = await engine.session();
  try {
    const rows = await session.rows<Record<string, string | number | boolean | null>>(
      `select *, epoch_us(as_of) as as_of_us from ${session.scan(table)} where id in (${ids.map(() => '?').join(', ')})`,
      ids,
    );
    return rows.map((row) => predictionOf(endpoint, row));
  } finally {
    session.close();
  }
}

function predictionOf(
  endpoint: string,
  row: Readonly<Record<string, string | number | boolean | null>>,
): Prediction {
  const parsed = (name: string): JsonObject => JSON.parse(String(row[name])) as JsonObject;
  const classes = row['classes'] === null ? null : (parsed('classes') as unknown as (boolean | string)[]);
  return {
    id: String(row['id']),
    endpoint,
    version: String(row['version']),
    model: String(row['model']),
    asOf: Number(row['as_of_us']),
    keys: parsed('keys') as Record<string, string>,
    request: parsed('request'),
    features: parsed('features') as Record<string, JsonObject>,
    states: parsed('states') as Record<string, string>,
    heads: (row['heads'] === null ? {} : parsed('heads')) as Prediction['heads'],
    output: Number(row['output']),
    probabilities: row['probabilities'] === null ? null : (parsed('probabilities') as unknown as number[]),
    classes,
    decision: decisionOf(classes, String(row['decision'])),
    latencyMs: Number(row['latency_ms']),
    ...(row['ranked'] === null ? {} : { ranked: parsed('ranked') as unknown as Ranked[] }),
  };
}

/** A decision as it was, from the text it is kept as. */
function decisionOf(classes: Prediction['classes'], text: string): Prediction['decision'] {
  if (classes === null) return Number(text);
  return typeof classes[0] === 'boolean' ? text === 'true' : text;
}

/**
 * Up to so many predictions of an endpoint that were made at an instant or later, in the lake and in the log: those with the lowest MD5 of
 * their id, so that the same question gives the same ones, and a larger sample has the smaller one in it. Oldest first.
 */
export async function samplePredictions(
  workspace: Workspace,
  endpoint: string,
  { since, most }: { readonly since: Instant; readonly most: number },
): Promise<Prediction[]> {
  const { lake, engine } = workspace;
  const found = new Map<string, { readonly rank: string; readonly prediction?: Prediction }>();
  for await (const prediction of notInLake(workspace, endpoint))
    if (prediction.asOf >= since) found.set(prediction.id, { rank: rankOf(prediction.id), prediction });
  const table = lake.table(predictionTable(endpoint));
  if (table !== undefined) {
    const session = await engine.session();
    try {
      for (const { id } of await session.rows<{ id: string }>(
        `select id from ${session.scan(table)} where as_of >= ${instantLiteral(since)} order by md5(id) limit ${most}`,
      ))
        if (!found.has(id)) found.set(id, { rank: rankOf(id) });
    } finally {
      session.close();
    }
  }
  const chosen = [...found].sort(([, a], [, b]) => (a.rank < b.rank ? -1 : 1)).slice(0, most);
  const logged = chosen.flatMap(([, { prediction }]) => prediction ?? []);
  const ids = chosen.flatMap(([id, { prediction }]) => (prediction === undefined ? [id] : []));
  const kept = table === undefined ? [] : await readPredictions(engine, table, endpoint, ids);
  return [...kept, ...logged].sort((a, b) => a.asOf - b.asOf || (a.id < b.id ? -1 : 1));
}

/** An order of predictions that has nothing to do with what they are. */
export const rankOf = (id: string): string => createHash('md5').update(id).digest('hex');
