import { isDeepStrictEqual } from 'node:util';
import {
  EARLIEST,
  type Instant,
  instantLiteral,
  type Json,
  MillraceError,
  quoteName,
  quoteText,
} from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import type { Load, LoadRange, Version } from '../../store/state/index.ts';
import {
  aggregatesOf,
  computeOf,
  computeRow,
  entitySql,
  type FeaturesBody,
  reachedRanges,
  replayed,
  rowsOf,
  windowStart,
} from '../feature/index.ts';
import { modelVersionOf } from '../model/index.ts';
import { findPrediction } from './predictions.ts';
import { requestInput } from './request-input.ts';
import { entityOf, type Prediction } from './serving.ts';

/** One feature value, as it was served and as it is computed again from the snapshot. */
export interface TracedFeature {
  readonly asset: string;
  readonly name: string;
  readonly served: Json;
  readonly recomputed: Json;
  readonly equal: boolean;
}

/** A row that a feature has seen. */
export interface SourceRow {
  readonly dataset: string;
  readonly rowId: number;
  /** The load that brought it; null for a row that a query made. */
  readonly load: number | null;
  readonly values: Readonly<Record<string, Json>>;
}

/** Where a prediction comes from, all the way. */
export interface Trace {
  readonly prediction: Prediction;
  readonly model: string;
  readonly trainingSet: string;
  /** The versions everything was built from, by asset, from the endpoint down to the sources. */
  readonly versions: Readonly<Record<string, string>>;
  readonly features: readonly TracedFeature[];
  /** Newest first, at most `MOST_ROWS` of each dataset. */
  readonly sourceRows: readonly SourceRow[];
  /** All rows the windows saw, also those not listed. */
  readonly sourceRowCount: number;
  /** The files that brought these rows; for rows made by queries, the files behind their datasets. */
  readonly loads: readonly Load[];
}

/** Rows listed of each dataset. */
const MOST_ROWS = 100;

/**
 * Follows a prediction back: model version, training set, feature values recomputed at the same instant from the same snapshots,
 * the rows they saw, and the files that brought these.
 * @throws MILL_PREDICTION_UNKNOWN
 */
export async function tracePrediction(graph: Graph, workspace: Workspace, id: string): Promise<Trace> {
  const prediction = await find(graph, workspace, id);
  const { state, engine } = workspace;
  const model = state.version(prediction.model) as Version;
  const { plan, trainingSet } = modelVersionOf(model);
  const session = await engine.session();
  try {
    const features: TracedFeature[] = [];
    const recomputed: Record<string, Record<string, Json>> = {};
    const rows: SourceRow[] = [];
    const loads = new Map<number, Load>();
    let sourceRowCount = 0;
    for (const lookup of plan.lookups) {
      const { name, body } = lookup;
      const behind = datasetBehind(workspace, prediction, name, body);
      const entity = entityOf(lookup, prediction.keys, prediction.features);
      const reached = reachedBy(workspace, behind.table, body, entity, prediction.asOf);
      const events = session.scan(reached, { rowId: true });
      const known = entity === undefined ? [] : await rowsOf(session, body, events, entity, prediction.asOf);
      const again = replayed(body, known, prediction.asOf) as Record<string, Json>;
      recomputed[name] = again;
      for (const feature of body.features)
        features.push(
          compare(name, feature.name, prediction.features[name]?.[feature.name], again[feature.name]),
        );
      if (entity === undefined) continue;
      const seen = await rowsSeen(session, reached, body, entity, prediction.asOf);
      rows.push(...seen.rows);
      sourceRowCount += seen.count;
      for (const load of loadsOf(workspace, behind.version, seen.loads)) loads.set(load.id, load);
    }
    for (const { name, body, columns } of plan.requests) {
      const node = graph.nodes.get(name) as Node | undefined;
      const input = requestInput(body, prediction.request, recomputed, plan.lookups);
      const sameCode = (node?.body as { code?: string } | undefined)?.code === body.code;
      const again = node && sameCode ? computeRow(name, computeOf(node), columns, input) : {};
      for (const column of columns)
        features.push(
          compare(name, column.name, prediction.features[name]?.[column.name], again[column.name]),
        );
    }
    return {
      prediction,
      model: model.id,
      trainingSet,
      versions: lineageOf(workspace, [prediction.version, ...Object.values(prediction.states)]),
      features,
      sourceRows: rows,
      sourceRowCount,
      loads: [...loads.values()],
    };
  } finally {
    session.close();
  }
}

async function find(graph: Graph, workspace: Workspace, id: string): Promise<Prediction> {
  const endpoints = [...graph.nodes.values()].filter((node) => node.kind === 'endpoint');
  for (const { name } of endpoints) {
    const found = await findPrediction(workspace, name, id);
    if (found) return found;
  }
  throw new MillraceError({
    code: 'MILL_PREDICTION_UNKNOWN',
    message: `No endpoint of this project has answered with the id '${id.slice(0, 60)}'.`,
    todo: 'Take the id from an answer of POST /v1/predict/… of this project.',
    owner: 'project',
  });
}

/** The dataset a looked-up state was computed from, at its snapshot. */
function datasetBehind(
  { state, lake }: Workspace,
  { states }: Prediction,
  features: string,
  body: FeaturesBody,
): { version: Version; table: TableState } {
  const version = state.version(states[features] as string) as Version;
  return { version, table: lake.table(body.from, version.snapshot) as TableState };
}

/** The table with the files alone that can have a row which the prediction saw. */
function reachedBy(
  { lake }: Workspace,
  table: TableState,
  body: FeaturesBody,
  entity: string | undefined,
  at: Instant,
): TableState {
  const [key, ...more] = body.entity.keys;
  const isText =
    more.length === 0 && table.columns.some(({ name, type }) => name === key && type === 'string');
  return lake.pruned(table, [
    ...reachedRanges(body, { from: at, to: at }),
    ...(isText && entity !== undefined ? [{ column: key as string, min: entity, max: entity }] : []),
  ]);
}

function compare(
  asset: string,
  name: string,
  served: Json | undefined,
  recomputed: Json | undefined,
): TracedFeature {
  const a = served ?? null;
  const b = recomputed ?? null;
  return { asset, name, served: a, recomputed: b, equal: isDeepStrictEqual(a, b) };
}

/** The rows that the longest window of a features asset saw. */
async function rowsSeen(
  session: Session,
  table: TableState,
  body: FeaturesBody,
  entity: string,
  at: Instant,
): Promise<{ rows: SourceRow[]; count: number; loads: number[] | undefined }> {
  const from = Math.max(EARLIEST, Math.min(...aggregatesOf(body).map((spec) => windowStart(at, spec))));
  const event = quoteName(body.eventTime);
  const known =
    body.availableAt === null
      ? `${event} + to_microseconds(${body.availableAfter})`
      : `greatest(${event}, ${quoteName(body.availableAt)})`;
  const available = body.availableAt === null ? '' : `${quoteName(body.availableAt)} is not null and `;
  const seen = `from ${session.scan(table, { rowId: true })}
    as dataset where ${entitySql(body.entity, 'dataset')} = ${quoteText(entity)} and ${available}${event} >= ${instantLiteral(from)} and ${known} < ${instantLiteral(at)}`;
  const hasLoad = table.columns.some((column) => column.name === '_load');
  const [total] = await session.rows<{ n: number }>(`select count(*) as n ${seen}`);
  const loads = hasLoad
    ? (await session.rows<{ load: number }>(`select distinct _load as "load" ${seen}`)).map(
        ({ load }) => load,
      )
    : undefined;
  const found = await session.rows<Record<string, unknown>>(
    `select * ${seen} order by ${event} desc, _row_id desc limit ${MOST_ROWS}`,
  );
  const rows = found.map(({ _row_id, _load, ...values }): SourceRow => {
    const plain = Object.entries(values).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString() : value,
    ]);
    return {
      dataset: table.name,
      rowId: Number(_row_id),
      load: typeof _load === 'number' ? _load : null,
      values: Object.fromEntries(plain) as Record<string, Json>,
    };
  });
  return { rows, count: total?.n ?? 0, loads };
}

/** The loads of these ids; without ids (rows made by a query) all loads behind the dataset's version. */
function loadsOf({ state }: Workspace, version: Version, ids: readonly number[] | undefined): Load[] {
  if (ids !== undefined) return state.loads(ids);
  const found: Load[] = [];
  const seen = new Set<string>();
  const visit = (v: Version): void => {
    if (seen.has(v.id)) return;
    seen.add(v.id);
    const { loads } = v.detail as { loads?: readonly LoadRange[] };
    if (loads) for (const load of state.loadsIn(v.asset, loads)) found.push(load);
    for (const input of Object.values(v.inputs)) visit(state.version(input) as Version);
  };
  visit(version);
  return found;
}

/** All versions that these were built from, themselves included, by asset. */
function lineageOf({ state }: Workspace, ids: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (id: string): void => {
    const version = state.version(id);
    if (version === undefined || found[version.asset] !== undefined) return;
    found[version.asset] = version.id;
    for (const input of Object.values(version.inputs)) visit(input);
  };
  for (const id of ids) visit(id);
  return found;
}
