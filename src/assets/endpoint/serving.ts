import { type Instant, type JsonObject, MillraceError, newId } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { computeOf, computeRow, featuresVersionOf, type RequestBody, readState } from '../feature/index.ts';
import {
  type InputPlan,
  type Lookup,
  type ModelVersion,
  modelVersionOf,
  openScorer,
  type Scorer,
} from '../model/index.ts';
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
  /** The version of each features asset that was looked up. */
  readonly states: Readonly<Record<string, string>>;
  /** The probability of true, or the value. */
  readonly output: number;
  readonly decision: boolean | null;
  readonly latencyMs: number;
}

/**
 * How long the version of a features asset is taken for the live one, in milliseconds. Looking it up takes 10 to 30 µs, an eighth of
 * an answer; its state stays where it is for longer than this.
 */
const LOOK_AGAIN = 250;

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
  answer(ask: Ask, asOf: Instant): Promise<Prediction>;
  close(): Promise<void>;
}

/**
 * Loads what an endpoint serves.
 * @throws MILL_ENDPOINT_CODE_CHANGED when request features were edited since the model was trained: the old function is gone.
 */
export async function openServing(graph: Graph, workspace: Workspace, served: Served): Promise<Serving> {
  const { state, blobs } = workspace;
  const model = state.version(served.model) as Version;
  const detail = modelVersionOf(model);
  const computes = detail.plan.requests.map((request) => {
    const node = graph.nodes.get(request.name) as Node<RequestBody> | undefined;
    if (node === undefined || node.body.code !== request.body.code) throw codeChanged(served, request.name);
    return { ...request, compute: computeOf(node) };
  });
  // An endpoint that could not answer is not ready.
  for (const lookup of detail.plan.lookups) await stateVersion(workspace, model, lookup);
  const scorer = await openScorer(await blobs.get(detail.onnx), detail.inputs);
  const looked = new Map<string, { readonly version: Version; readonly at: number }>();
  const current = async (lookup: Lookup): Promise<Version> => {
    const known = looked.get(lookup.name);
    const now = performance.now();
    if (known !== undefined && now - known.at < LOOK_AGAIN) return known.version;
    const version = await stateVersion(workspace, model, lookup);
    looked.set(lookup.name, { version, at: now });
    return version;
  };
  return {
    served,
    model,
    plan: detail.plan,
    close: () => scorer.close(),
    async answer(ask, asOf) {
      const started = performance.now();
      const features: Record<string, JsonObject> = {};
      const states: Record<string, string> = {};
      const request = requestOf(ask, detail.plan);
      for (const lookup of detail.plan.lookups) {
        const found = await current(lookup);
        states[lookup.name] = found.id;
        features[lookup.name] = await lookUp(workspace, found, lookup, ask, asOf);
      }
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
        output,
        decision,
        latencyMs: performance.now() - started,
      };
    },
  };
}

/**
 * The newest state of the features as the model knows them: the live one, unless its definition is another by now.
 * @throws MILL_ENDPOINT_STATE_MISSING when the online store has none: answering as if nobody were known would be a wrong answer.
 */
async function stateVersion(
  { state, online }: Workspace,
  model: Version,
  { name }: Lookup,
): Promise<Version> {
  const trained = state.version(model.inputs[name] as string) as Version;
  const live = state.live(name);
  const usable = async (v: Version): Promise<boolean> =>
    v.definition === trained.definition && (await online.standing(featuresVersionOf(v).space)) !== undefined;
  if (live !== undefined && (await usable(live))) return live;
  const found: Version[] = [];
  for (const version of state.versions(name)) if (await usable(version)) found.push(version);
  // One that was rolled back serves only as long as a model is live that knows no other.
  const best = found.find(({ status }) => status === 'published') ?? found[0];
  if (best !== undefined) return best;
  throw new MillraceError({
    code: 'MILL_ENDPOINT_STATE_MISSING',
    message: `The online store has no state of ${name} as ${model.id} was trained with.`,
    todo: 'Run `millrace run`: it builds the state again from the lake.',
    owner: 'service',
    asset: name,
    retry: true,
  });
}

async function lookUp(
  { online }: Workspace,
  version: Version,
  { body }: Lookup,
  ask: Ask,
  asOf: Instant,
): Promise<JsonObject> {
  const { space, from } = featuresVersionOf(version);
  const [found] = await online.get([{ space, entities: [String(ask[body.entity.key])] }]);
  return readState(body, found?.states[0], from, asOf) as JsonObject;
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
