import { type Instant, type JsonObject, MillraceError, newId } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import {
  computeOf,
  computeRow,
  entityText,
  type FeaturesBody,
  featuresVersionOf,
  type HeadPosition,
  type Heads,
  isStale,
  lookUp,
  type RequestBody,
  tooStale,
} from '../feature/index.ts';
import {
  type InputPlan,
  type Lookup,
  type ModelVersion,
  modelVersionOf,
  openScorer,
  type Scorer,
} from '../model/index.ts';
import type { EndpointBody } from './declare.ts';
import { requestInput } from './request-input.ts';

/** A question to an endpoint in plain JSON: entity keys as text, and the request's fields; instants are ISO 8601 texts. */
export type Ask = JsonObject;

/** A prediction as it is answered, logged and kept in the lake. */
export interface Prediction {
  readonly id: string;
  readonly endpoint: string;
  /** The endpoint's version. */
  readonly version: string;
  readonly model: string;
  readonly asOf: Instant;
  readonly keys: Readonly<Record<string, string>>;
  readonly request: JsonObject;
  /** Every feature looked up or computed, by its asset; instants as microseconds. */
  readonly features: Readonly<Record<string, JsonObject>>;
  /** Of each lookup, the version of the dataset whose rows its state held. */
  readonly states: Readonly<Record<string, string>>;
  /** Of each lookup over a dataset that rows are posted to: up to where its stream had been read as well. */
  readonly heads: Readonly<Record<string, HeadPosition>>;
  /** The probability of true, or the value. */
  readonly output: number;
  readonly decision: boolean | null;
  readonly latencyMs: number;
}

/** What is to be served: an endpoint's version, or what is about to become one. */
export interface Served {
  readonly endpoint: string;
  /** The endpoint's version id. */
  readonly version: string;
  /** The model's version id. */
  readonly model: string;
}

/** What a published version of an endpoint serves. */
export function servedBy(version: Version): Served {
  return { endpoint: version.asset, version: version.id, model: (version.detail as { model: string }).model };
}

/** A model version behind an endpoint, loaded and ready to answer. */
export interface Serving {
  readonly served: Served;
  readonly model: Version;
  readonly plan: InputPlan;
  /** @throws MILL_FEATURES_STALE when `fresh` is wanted, by the asker or as declared, and features know only rows that are older than declared */
  answer(ask: Ask, asOf: Instant, fresh?: boolean): Promise<Prediction>;
  close(): Promise<void>;
}

/**
 * Loads what an endpoint serves.
 * @throws MILL_ENDPOINT_CODE_CHANGED when request features were edited since the model was trained: the old function is gone.
 */
export async function openServing(
  graph: Graph,
  workspace: Workspace,
  served: Served,
  heads?: Heads,
): Promise<Serving> {
  const { state, blobs } = workspace;
  const model = state.version(served.model) as Version;
  const detail = modelVersionOf(model);
  const computes = detail.plan.requests.map((request) => {
    const node = graph.nodes.get(request.name) as Node<RequestBody> | undefined;
    if (node === undefined || node.body.code !== request.body.code) throw codeChanged(served, request.name);
    return { ...request, compute: computeOf(node) };
  });
  const declared = graph.nodes.get(served.endpoint) as Node<EndpointBody> | undefined;
  const requiresFresh = declared?.body.require === 'fresh';
  const spaces = new Map(
    detail.plan.lookups.map((lookup) => [lookup.name, spaceOfTrained(workspace, model, lookup)]),
  );
  // An endpoint that could not answer is not ready.
  for (const lookup of detail.plan.lookups)
    if ((await workspace.online.coverage(spaces.get(lookup.name) as string)) === undefined)
      throw stateMissing(model, lookup);
  const scorer = await openScorer(await blobs.get(detail.onnx), detail.inputs);
  return {
    served,
    model,
    plan: detail.plan,
    close: () => scorer.close(),
    async answer(ask, asOf, fresh = false) {
      const started = performance.now();
      const request = requestOf(ask, detail.plan);
      const found = await lookUpAll(
        workspace,
        heads,
        model,
        detail.plan.lookups,
        spaces,
        ask,
        asOf,
        fresh || requiresFresh,
      );
      const { features, states } = found;
      if (heads !== undefined && (fresh || requiresFresh))
        await demandFresh(graph, heads, detail.plan.lookups, states, asOf);
      for (const { name, body, columns, compute } of computes) {
        const input = requestInput(body, request, features, detail.plan.lookups);
        features[name] = computeRow(name, compute, columns, input) as JsonObject;
      }
      const output = await score(scorer, detail, features);
      const decision = detail.threshold === null ? null : output >= detail.threshold;
      return {
        id: newId(),
        ...served,
        asOf,
        keys: Object.fromEntries(detail.plan.keys.map((key) => [key, String(ask[key])])),
        request,
        features,
        states,
        heads: found.heads,
        output,
        decision,
        latencyMs: performance.now() - started,
      };
    },
  };
}

/** Where the state of the features is as the model knows them, whatever they are declared to be by now. */
export function spaceOfTrained({ state }: Workspace, model: Version, { of }: Lookup): string {
  return featuresVersionOf(state.version(model.inputs[of] as string) as Version).space;
}

/** Answering as if nobody were known would be a wrong answer. */
function stateMissing(model: Version, { of }: Lookup): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_STATE_MISSING',
    message: `The online store has no state of ${of} as ${model.id} was trained with.`,
    todo: 'Run `millrace run`: it builds the state again from the lake.',
    owner: 'service',
    asset: of,
    retry: true,
  });
}

interface Looked {
  readonly features: Record<string, JsonObject>;
  readonly states: Record<string, string>;
  readonly heads: Record<string, HeadPosition>;
}

/** All lookups: those by the keys of the question in one round trip, then those whose entity is what another has found. */
async function lookUpAll(
  { online }: Workspace,
  heads: Heads | undefined,
  model: Version,
  lookups: readonly Lookup[],
  spaces: ReadonlyMap<string, string>,
  ask: Ask,
  asOf: Instant,
  mustReach: boolean,
): Promise<Looked> {
  const looked: Looked = { features: {}, states: {}, heads: {} };
  let left = lookups;
  while (left.length > 0) {
    const now = left.filter(({ via }) => via === undefined || looked.features[via.lookup] !== undefined);
    const found = await lookUp(
      online,
      heads,
      now.map((lookup) => ({
        body: lookup.body,
        space: spaces.get(lookup.name) as string,
        entities: [entityOf(lookup, ask, looked.features)],
      })),
      asOf,
      { mustReach },
    );
    now.forEach((lookup, i) => {
      const one = found[i];
      if (one === undefined) throw stateMissing(model, lookup);
      looked.features[lookup.name] = one.values[0] as JsonObject;
      looked.states[lookup.name] = one.coverage.dataset;
      if (one.position !== undefined) looked.heads[lookup.name] = one.position;
    });
    left = left.filter((lookup) => !now.includes(lookup));
  }
  return looked;
}

/** Features answer from what they know, however old; who wants no such answer says so. What may be how old is as declared now. */
async function demandFresh(
  graph: Graph,
  heads: Heads,
  lookups: readonly Lookup[],
  states: Readonly<Record<string, string>>,
  asOf: Instant,
): Promise<void> {
  for (const { name, of, body } of lookups) {
    const declared = (graph.nodes.get(of) as Node<FeaturesBody> | undefined)?.body;
    if (declared?.fresh === undefined) continue;
    const newest = await heads.newest(body, states[name] as string);
    if (isStale(declared, newest, asOf)) throw tooStale(of, newest, asOf);
  }
}

/** Whom a lookup is about: as the keys of a question say, or as another lookup has found. */
export function entityOf(
  { body: { entity }, via }: Pick<Lookup, 'body' | 'via'>,
  keys: JsonObject,
  features: Readonly<Record<string, JsonObject>>,
): string | undefined {
  if (via === undefined) return entityText(entity, (key) => keys[key]);
  return entityText(entity, () => features[via.lookup]?.[via.feature]);
}

/** The request's own fields; what is not given is null. */
function requestOf(ask: Ask, { requestColumns }: InputPlan): JsonObject {
  return Object.fromEntries(requestColumns.map(({ name }) => [name, ask[name] ?? null]));
}

async function score(
  scorer: Scorer,
  { plan, task }: ModelVersion,
  features: Readonly<Record<string, JsonObject>>,
): Promise<number> {
  const row = Object.fromEntries(
    plan.columns.map(({ name, type, from }) => {
      const value = features[from]?.[name] ?? null;
      return [name, type === 'timestamp' && value !== null ? (value as number) / 1e6 : value];
    }),
  );
  const [output] = await scorer.score([row]);
  return task === 'binary' ? Math.min(1, Math.max(0, output as number)) : (output as number);
}

function codeChanged({ endpoint, version, model }: Served, name: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_CODE_CHANGED',
    message: `${version} cannot be served: ${name} was edited after ${model} was trained with it.`,
    todo: 'Run `millrace run` to train with the new function, or bring the old one back.',
    owner: 'project',
    asset: endpoint,
  });
}
