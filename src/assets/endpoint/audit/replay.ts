import { isDeepStrictEqual } from 'node:util';
import { type Json, type JsonObject, MillraceError } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { computeOf, computeRow, replayed } from '../../feature/index.ts';
import { type Lookup, modelVersionOf, type Request } from '../../model/index.ts';
import { requestInput } from '../request-input.ts';
import { entityOf, type Prediction } from '../serving.ts';
import { type History, historyOf, type Values } from './history.ts';

/** A lookup computed again from what its answer could know. */
export interface ReplayedLookup {
  readonly lookup: Lookup;
  readonly history: History;
  readonly values: JsonObject;
}

/** Request features computed again; no values where the function is no longer the one that answered. */
export interface ReplayedRequest {
  readonly request: Request;
  readonly values: JsonObject | undefined;
  /** In words, when there are no values. */
  readonly failed?: string;
}

export interface Replay {
  readonly prediction: Prediction;
  readonly model: Version;
  readonly lookups: readonly ReplayedLookup[];
  readonly requests: readonly ReplayedRequest[];
}

/**
 * Computes all features of a prediction again: history by SQL and one sweep, over the snapshot that its states were made of and the rows
 * that were posted from there up to where the log had been read. Whom a lookup is about is as it was answered, so that one difference
 * does not become many.
 */
export async function replayPrediction(
  graph: Graph,
  workspace: Workspace,
  session: Session,
  prediction: Prediction,
): Promise<Replay> {
  const { state } = workspace;
  const model = known(state.version(prediction.model), prediction.model, prediction);
  const { plan } = modelVersionOf(model);
  const lookups: ReplayedLookup[] = [];
  for (const lookup of plan.lookups) {
    const { name, body } = lookup;
    const dataset = prediction.states[name] as string;
    const version = known(state.version(dataset), dataset, prediction);
    known(workspace.lake.table(body.from, version.snapshot), `the snapshot of ${dataset}`, prediction);
    const history = await historyOf(session, workspace, {
      version,
      body,
      entity: entityOf(lookup, prediction.keys, prediction.features),
      at: prediction.asOf,
      upTo: prediction.heads[name],
    });
    lookups.push({ lookup, history, values: plain(replayed(body, history.rows, prediction.asOf)) });
  }
  const values: Values = Object.fromEntries(lookups.map((one) => [one.lookup.name, one.values]));
  const requests = plan.requests.map((request) =>
    replayRequest(graph, request, prediction.request, values, plan.lookups),
  );
  return { prediction, model, lookups, requests };
}

/** @throws MILL_AUDIT_GONE */
function known<T>(found: T | undefined, what: string, { id, endpoint }: Prediction): T {
  if (found !== undefined) return found;
  throw new MillraceError({
    code: 'MILL_AUDIT_GONE',
    message: `The prediction '${id}' cannot be computed again: ${what}, which it was made with, is gone.`,
    todo: 'Audit a younger one; what logged predictions name is kept as long as they are.',
    owner: 'project',
    asset: endpoint,
  });
}

/** Request features by the function as it is now, if it is still the one that a model was trained with. */
export function replayRequest(
  graph: Graph,
  request: Request,
  asked: JsonObject,
  features: Values,
  lookups: readonly Lookup[],
): ReplayedRequest {
  const { name, body, columns } = request;
  const node = graph.nodes.get(name) as Node<{ readonly code?: string }> | undefined;
  if (node?.body.code !== body.code) return { request, values: undefined };
  try {
    const input = requestInput(body, asked, features, lookups);
    return { request, values: plain(computeRow(name, computeOf(node as Node), columns, input)) };
  } catch (error) {
    return {
      request,
      values: undefined,
      failed: error instanceof Error ? error.message : String(error),
    };
  }
}

/** As it is after a trip through the log: there is one zero. */
export function plain<T>(value: T): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

/** Whether two values are the same to the last bit, as the log has them. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return isDeepStrictEqual(plain([a ?? null]), plain([b ?? null]));
}
