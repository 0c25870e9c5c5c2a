import { EARLIEST, instantLiteral, type Json, MillraceError, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { Graph, Workspace } from '../../graph/index.ts';
import type { Load, LoadRange, Version } from '../../store/state/index.ts';
import { aggregatesOf, entityLiteral, entitySql, knownSql, windowStart } from '../feature/index.ts';
import { modelVersionOf } from '../model/index.ts';
import { answerOf } from './audit/answer.ts';
import { auditReplay, type FeatureAudit } from './audit/audit.ts';
import type { Cause } from './audit/cause.ts';
import { type History, recordOf } from './audit/history.ts';
import { replay } from './audit/replay.ts';
import { findPrediction } from './predictions.ts';
import type { Prediction } from './serving.ts';

/** One feature value, as it was served and as it is computed again from the snapshot and the log. */
export interface TracedFeature {
  readonly asset: string;
  readonly name: string;
  readonly served: Json;
  readonly recomputed: Json;
  readonly equal: boolean;
  /** Why it differs; null when it does not. */
  readonly cause: Cause | null;
  readonly why: string | null;
}

/** A row that a feature has seen. */
export interface SourceRow {
  readonly dataset: string;
  /** Null for a row that was in the log alone. */
  readonly rowId: number | null;
  /** The load that brought it; null for a row that a query made, or that was in the log alone. */
  readonly load: number | null;
  /** Where it stands in the log of its source; null for a row of the table. */
  readonly position: { readonly stream: string; readonly index: number } | null;
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
  const { trainingSet } = modelVersionOf(model);
  const session = await engine.session();
  try {
    const again = await replay(graph, workspace, session, answerOf(workspace, prediction));
    const features = (await auditReplay(graph, workspace, session, again)).map(traced);
    const rows: SourceRow[] = [];
    const loads = new Map<number, Load>();
    let sourceRowCount = 0;
    for (const { history } of again.lookups) {
      if (history.entity === undefined) continue;
      const seen = await rowsSeen(session, history, history.entity);
      rows.push(...seen.rows);
      sourceRowCount += seen.count;
      for (const load of loadsOf(workspace, history.version, seen.loads)) loads.set(load.id, load);
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

function traced({ asset, feature, served, replayed, equal, explanation }: FeatureAudit): TracedFeature {
  return {
    ...{ asset, name: feature, served, recomputed: replayed, equal: equal === true },
    cause: explanation?.cause ?? null,
    why: explanation?.why ?? null,
  };
}

/** The rows that the longest window of a features asset saw. */
async function rowsSeen(
  session: Session,
  history: History,
  entity: string,
): Promise<{ rows: SourceRow[]; count: number; loads: number[] | undefined }> {
  const { table, body, at, events } = history;
  const from = Math.max(EARLIEST, Math.min(...aggregatesOf(body).map((spec) => windowStart(at, spec))));
  const event = `dataset.${quoteName(body.eventTime)}`;
  const available = body.availableAt === null ? '' : `and dataset.${quoteName(body.availableAt)} is not null`;
  const seen = `from ${events} as dataset where ${entitySql(body.entity, 'dataset')} = ${entityLiteral(entity)}
    and ${event} >= ${instantLiteral(from)} and ${knownSql(body, 'dataset')} < ${at} ${available}`;
  const hasLoad = table.columns.some((column) => column.name === '_load');
  const [total] = await session.rows<{ n: number }>(`select count(*) as n ${seen}`);
  const loads = hasLoad
    ? (
        await session.rows<{ load: number }>(`select distinct _load as "load" ${seen} and _load is not null`)
      ).map(({ load }) => load)
    : undefined;
  const found = await session.rows<Record<string, unknown>>(
    `select * ${seen} order by ${event} desc, _row_id desc limit ${MOST_ROWS}`,
  );
  const rows = found.map(({ _row_id, _load, ...values }): SourceRow => {
    const plain = Object.entries(values).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString() : value,
    ]);
    const record = recordOf(history, Number(_row_id));
    return {
      dataset: table.name,
      rowId: record === undefined ? Number(_row_id) : null,
      load: typeof _load === 'number' ? _load : null,
      position: record === undefined ? null : { stream: record.stream, index: record.index },
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
