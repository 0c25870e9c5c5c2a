import { type Instant, type JsonObject, MillraceError, newId } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import {
  computeOf,
  computeRow,
  type FeaturesBody,
  featuresVersionOf,
  type HeadPosition,
  type Heads,
  isStale,
  type RequestBody,
  tooStale,
} from '../feature/index.ts';
import {
  type Answer,
  type AnswerAttribution,
  answerOf,
  type InputPlan,
  type Lookup,
  modelVersionOf,
  openExplainer,
  openModel,
} from '../model/index.ts';
import { openCandidates } from './candidates.ts';
import type { EndpointBody, RankSpec } from './declare.ts';
import { lookUpAll, stateMissing } from './lookups.ts';
import { requestInput } from './request-input.ts';

/** A question to an endpoint in plain JSON: entity keys as text, and the request's fields; instants are ISO 8601 texts. */
export type Ask = JsonObject;

/** A prediction as it is answered, logged and kept in the lake. */
export interface Prediction extends Answer {
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
  readonly latencyMs: number;
  /** Of an endpoint that ranks, whom it has ranked how: best first. The prediction itself is that about the first. */
  readonly ranked?: readonly Ranked[];
  /** Why, where that was asked for; of an endpoint that ranks, why the first is first. */
  readonly attribution?: AnswerAttribution;
}

/** An item and the number it was ranked by. */
export interface Ranked {
  readonly item: string;
  readonly score: number;
}

/** What is to be served: an endpoint's version, or what is about to become one. */
export interface Served {
  readonly endpoint: string;
  /** The endpoint's version id. */
  readonly version: string;
  /** The model's version id. */
  readonly model: string;
  readonly rank?: RankSpec;
}

/** What a version of an endpoint remembers. */
export type EndpointVersion = { readonly model: string; readonly rank?: RankSpec };

/** What a published version of an endpoint serves. */
export function servedBy(version: Version): Served {
  const { model, rank } = version.detail as unknown as EndpointVersion;
  return { endpoint: version.asset, version: version.id, model, ...(rank === undefined ? {} : { rank }) };
}

/** How a question is to be answered. */
export interface Asking {
  /** Refuse rather than answer from features that are staler than declared. */
  readonly fresh?: boolean;
  /** Tell why, too. */
  readonly explain?: boolean;
}

/** A model version behind an endpoint, loaded and ready to answer. */
export interface Serving {
  readonly served: Served;
  readonly model: Version;
  readonly plan: InputPlan;
  /**
   * @throws MILL_FEATURES_STALE when `fresh` is wanted, by the asker or as declared, and features know only rows that are older than declared,
   * MILL_MODEL_UNEXPLAINED
   */
  answer(ask: Ask, asOf: Instant, how?: Asking): Promise<Prediction>;
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
  const { state } = workspace;
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
  const scorer = await openModel(workspace, detail);
  const { plan } = detail;
  const { rank, ...by } = served;
  const candidates = rank && openCandidates(workspace, rank);
  const explainer = openExplainer(workspace, model.id, detail);
  /** Features of some questions, and what the model says of them. */
  async function answerAll(asks: readonly Ask[], asOf: Instant, mustReach: boolean) {
    const found = await lookUpAll(
      workspace,
      heads,
      { model, lookups: plan.lookups, spaces },
      asks,
      asOf,
      mustReach,
    );
    if (heads !== undefined && mustReach) await demandFresh(graph, heads, plan.lookups, found.states, asOf);
    asks.forEach((ask, i) => {
      const features = found.features[i] as Record<string, JsonObject>;
      for (const { name, body, columns, compute } of computes) {
        const input = requestInput(body, requestOf(ask, plan), features, plan.lookups);
        features[name] = computeRow(name, compute, columns, input) as JsonObject;
      }
    });
    const scores = await scorer.score(found.features.map((features) => inputRow(plan, features)));
    const answers = asks.map((_, i) =>
      answerOf(detail, scores.subarray(i * scorer.width, (i + 1) * scorer.width)),
    );
    return { ...found, answers };
  }
  return {
    served,
    model,
    plan,
    close: () => scorer.close(),
    async answer(ask, asOf, { fresh = false, explain = false } = {}) {
      const started = performance.now();
      const items = await candidates?.items();
      const asks =
        rank === undefined || items === undefined
          ? [ask]
          : items.map((item) => ({ ...ask, [rank.item]: item }));
      const { features, states, heads, answers } = await answerAll(asks, asOf, fresh || requiresFresh);
      const order =
        items === undefined
          ? [0]
          : bestFirst(
              answers.map(({ output }) => output),
              items,
            ).slice(0, rank?.top);
      const [first = 0] = order;
      const ranked =
        items && order.map((i) => ({ item: items[i] as string, score: (answers[i] as Answer).output }));
      const answer = answers[first] as Answer;
      const row = features[first] as Record<string, JsonObject>;
      const attribution = explain && (await explainer.explain(inputRow(plan, row), answer.decision));
      return {
        id: newId(),
        ...by,
        asOf,
        keys: Object.fromEntries(plan.keys.map((key) => [key, String(asks[first]?.[key])])),
        request: requestOf(ask, plan),
        features: row,
        states,
        heads,
        ...answer,
        latencyMs: performance.now() - started,
        ...(ranked === undefined ? {} : { ranked }),
        ...(attribution ? { attribution } : {}),
      };
    },
  };
}

/** Places of items, the highest score first; those of equal score by their names, so that the same question has the same answer. */
function bestFirst(scores: readonly number[], items: readonly string[]): number[] {
  return items
    .map((_, i) => i)
    .sort(
      (a, b) =>
        (scores[b] as number) - (scores[a] as number) ||
        ((items[a] as string) < (items[b] as string) ? -1 : 1),
    );
}

/** Where the state of the features is as the model knows them, whatever they are declared to be by now. */
export function spaceOfTrained({ state }: Pick<Workspace, 'state'>, model: Version, { of }: Lookup): string {
  return featuresVersionOf(state.version(model.inputs[of] as string) as Version).space;
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
    const newest = await heads.newest(body, states[name] as string, asOf);
    if (isStale(declared, newest, asOf)) throw tooStale(of, newest, asOf);
  }
}

/** The request's own fields; what is not given is null. */
function requestOf(ask: Ask, { requestColumns }: InputPlan): JsonObject {
  return Object.fromEntries(requestColumns.map(({ name }) => [name, ask[name] ?? null]));
}

/** The model's inputs, from features. */
function inputRow(
  { columns }: InputPlan,
  features: Readonly<Record<string, JsonObject>>,
): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name, type, from }) => {
      const value = features[from]?.[name] ?? null;
      return [name, type === 'timestamp' && value !== null ? (value as number) / 1e6 : value];
    }),
  );
}

export function codeChanged({ endpoint, version, model }: Served, name: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_CODE_CHANGED',
    message: `${version} cannot be served: ${name} was edited after ${model} was trained with it.`,
    todo: 'Run `millrace run` to train with the new function, or bring the old one back.',
    owner: 'project',
    asset: endpoint,
  });
}
