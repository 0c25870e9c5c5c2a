import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import { computeOf, computeRow, replayed } from '../../feature/index.ts';
import type { Lookup, Request } from '../../model/index.ts';
import { entityOf } from '../lookups.ts';
import { requestInput } from '../request-input.ts';
import { type Answer, known, type Looked } from './answer.ts';
import { type History, historyOf, type Values } from './history.ts';

/** A lookup computed again from what its answer could know. */
export interface ReplayedLookup extends Looked {
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
  readonly answer: Answer;
  readonly lookups: readonly ReplayedLookup[];
  readonly requests: readonly ReplayedRequest[];
}

/**
 * Computes all features of an answer again: history by SQL and one sweep, over the snapshot that its states were made of and the rows
 * that were posted from there up to where the log had been read. Whom a lookup is about is as it was answered, so that one difference
 * does not become many.
 * @throws MILL_AUDIT_GONE
 */
export async function replay(
  graph: Graph,
  workspace: Workspace,
  session: Session,
  answer: Answer,
): Promise<Replay> {
  const { asOf: at } = answer;
  const lookups: ReplayedLookup[] = [];
  for (const looked of answer.lookups) {
    const { name, body } = looked.lookup;
    const dataset = answer.states[name] as string;
    const version = known(workspace.state.version(dataset), dataset, answer);
    known(workspace.lake.table(body.from, version.snapshot), `the snapshot of ${dataset}`, answer);
    const entity = entityOf(looked.lookup, answer.keys, answer.features);
    const ask = { version, body, entity, at, upTo: answer.heads[name] };
    const history = await historyOf(session, workspace, ask);
    lookups.push({ ...looked, history, values: plain(replayed(body, history.rows, at)) });
  }
  const values: Values = Object.fromEntries(lookups.map((one) => [one.lookup.name, one.values]));
  const all = answer.lookups.map(({ lookup }) => lookup);
  const requests = answer.requests.map((request) =>
    replayRequest(graph, request, answer.request, values, all),
  );
  return { answer, lookups, requests };
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
