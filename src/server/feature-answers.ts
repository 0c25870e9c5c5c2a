import {
  atNow,
  checkedKey,
  entityText,
  type FeaturesBody,
  type FeatureValue,
  featuresNotLive,
  featuresVersionOf,
  type Heads,
  isStale,
  type LookedUp,
  type LookUpSample,
  lookUp,
  tooStale,
} from '../assets/index.ts';
import {
  formatInstant,
  type Instant,
  type Json,
  type JsonObject,
  MillraceError,
  nearest,
  withArticle,
} from '../base/index.ts';
import type { Graph, Node, Workspace } from '../graph/index.ts';

/** Entities that one request may ask about, over all features together. */
export const MOST_ENTITIES = 1000;

/** What is asked of one features asset. */
export interface FeaturesAsk {
  readonly name: string;
  /** Key values by column. */
  readonly entities: readonly JsonObject[];
  /** Only these. */
  readonly features?: readonly string[];
}

/** How old what is known is. */
export interface FreshnessAnswer {
  /** The newest event, up to the instant asked about, that state and head know. */
  readonly newest: string | null;
  /** Seconds from there to the instant asked about; null without rows. */
  readonly age: number | null;
  /** Seconds it may be, as declared. */
  readonly atMost: number | null;
  /** Whether it is older than declared, or the online store is down and it was answered from memory. */
  readonly stale: boolean;
}

/** What one features asset answers. */
export interface FeaturesAnswer {
  readonly entities: readonly { readonly key: JsonObject; readonly values: JsonObject }[];
  readonly asOf: string;
  /** The version of the dataset whose rows the states hold, and its snapshot of the lake. */
  readonly dataset: string;
  readonly snapshot: number | null;
  readonly freshness: FreshnessAnswer;
  /** Rows that were posted since and were seen too. */
  readonly headRows: number;
}

const featuresIn = new WeakMap<Graph, ReadonlyMap<string, Node<FeaturesBody>>>();

/** The features of a project that can be looked up. */
export function featuresOf(graph: Graph): ReadonlyMap<string, Node<FeaturesBody>> {
  const known = featuresIn.get(graph);
  if (known !== undefined) return known;
  const found = new Map(
    [...graph.nodes.values()].flatMap((node) =>
      node.kind === 'features' ? [[node.name, node as Node<FeaturesBody>] as const] : [],
    ),
  );
  featuresIn.set(graph, found);
  return found;
}

/** A live version of features: where its state is, and what it was declared to be. */
interface LiveFeatures {
  readonly version: string;
  readonly space: string;
  /** One object for each definition: what is worked out from it is kept with it. */
  readonly body: FeaturesBody;
  /** Features whose values are instants, which are told in another form. */
  readonly instants: readonly string[];
}

/** How long what is live is not asked for again, in milliseconds: to read a version takes as long as an answer. */
const LOOK_AGAIN = 250;

interface Looked {
  readonly bodies: Map<string, FeaturesBody>;
  readonly live: Map<string, { readonly at: number; readonly features: LiveFeatures }>;
  /** Of versions of datasets, which never change. */
  readonly snapshots: Map<string, number | null>;
}

const workspaces = new WeakMap<Workspace, Looked>();

function lookedOf(workspace: Workspace): Looked {
  const looked = workspaces.get(workspace) ?? { bodies: new Map(), live: new Map(), snapshots: new Map() };
  workspaces.set(workspace, looked);
  return looked;
}

function liveOf(workspace: Workspace, node: Node<FeaturesBody>): LiveFeatures {
  const { bodies, live } = lookedOf(workspace);
  const before = live.get(node.name);
  const now = performance.now();
  if (before !== undefined && now - before.at < LOOK_AGAIN) return before.features;
  const version = workspace.state.live(node.name);
  if (version === undefined) throw featuresNotLive(node.name);
  const { space, body: own } = featuresVersionOf(version);
  const body = bodies.get(space) ?? own;
  bodies.set(space, body);
  const instants = body.features.flatMap(({ name, type }) => (type === 'timestamp' ? [name] : []));
  const features = { version: version.id, space, body, instants };
  live.set(node.name, { at: now, features });
  return features;
}

function snapshotOf(workspace: Workspace, dataset: string): number | null {
  const { snapshots } = lookedOf(workspace);
  const known = snapshots.get(dataset);
  if (known !== undefined) return known;
  const snapshot = workspace.state.version(dataset)?.snapshot ?? null;
  if (snapshots.size > 1_000) snapshots.clear();
  snapshots.set(dataset, snapshot);
  return snapshot;
}

/**
 * The live features of several assets, as of now, in one round trip. What is answered is offered to the `sample` that is audited.
 * @throws MILL_FEATURES_UNKNOWN, MILL_FEATURES_KEY, MILL_FEATURES_NOT_LIVE, MILL_FEATURES_STALE (with `fresh`), MILL_ONLINE_UNREACHABLE
 */
export async function answerFeatures(
  graph: Graph,
  workspace: Workspace,
  heads: Heads,
  asks: readonly FeaturesAsk[],
  { fresh = false, sample }: { readonly fresh?: boolean; readonly sample?: LookUpSample } = {},
): Promise<FeaturesAnswer[]> {
  const known = featuresOf(graph);
  const asked = asks.map(({ name, entities, features }) => {
    const node = known.get(name);
    if (node === undefined) throw unknownFeatures(graph, name, known);
    const { version, space, body, instants } = liveOf(workspace, node);
    for (const feature of features ?? []) checkFeature(name, body, feature);
    for (const entity of entities) checkEntity(name, body, entity);
    return {
      ...{ node, version, space, body, instants, keys: entities },
      entities: entities.map((entity) => entityText(body.entity, (key) => entity[key])),
      only: features && new Set(features),
    };
  });
  return atNow(workspace.clock, async (t) => {
    const found = await lookUp(workspace.online, heads, asked, t, { mustReach: fresh });
    const answers = await Promise.all(
      asked.map(async ({ node, body, instants, keys, only }, i) => {
        const one = found[i];
        if (one === undefined) throw featuresNotLive(node.name);
        const { dataset } = one.coverage;
        const newest = await heads.newest(body, dataset, t);
        const stale = isStale(node.body, newest, t);
        if (stale && fresh) throw tooStale(node.name, newest, t);
        return {
          entities: keys.map((key, e) => ({ key, values: told(one.values[e] ?? {}, instants, only) })),
          asOf: formatInstant(t),
          dataset,
          snapshot: snapshotOf(workspace, dataset),
          freshness: {
            newest: newest === null ? null : formatInstant(newest),
            age: newest === null ? null : Math.max(0, t - newest) / 1e6,
            atMost: node.body.fresh === undefined ? null : node.body.fresh / 1e6,
            stale: stale || !one.reached,
          },
          headRows: one.headRows,
        };
      }),
    );
    asked.forEach(({ node: { name: asset }, version, keys }, i) => {
      sample?.offer({ asset, version, asOf: t, keys, found: found[i] as LookedUp });
    });
    return answers;
  });
}

/** Values as JSON has them, in the order of declaration. What was looked up stays as it is: it may be audited. */
function told(
  values: Readonly<Record<string, FeatureValue>>,
  instants: readonly string[],
  only: ReadonlySet<string> | undefined,
): JsonObject {
  if (only !== undefined) {
    const kept = Object.entries(values).filter(([name]) => only.has(name));
    return told(Object.fromEntries(kept), instants, undefined);
  }
  if (instants.length === 0) return values as JsonObject;
  const texts = instants.flatMap((name) =>
    Object.hasOwn(values, name) ? [[name, instantText(values[name] ?? null)]] : [],
  );
  return { ...(values as JsonObject), ...Object.fromEntries(texts) };
}

function instantText(value: FeatureValue): Json {
  if (Array.isArray(value)) return value.map(instantText);
  return value === null ? null : formatInstant(value as Instant);
}

function checkEntity(name: string, { entity }: FeaturesBody, given: JsonObject): void {
  for (const key of Object.keys(given)) {
    if (entity.keys.includes(key)) continue;
    const shown = key.slice(0, 100);
    const near = nearest(shown, entity.keys) ?? entity.keys.join("' and '");
    throw new MillraceError({
      code: 'MILL_FEATURES_KEY',
      message: `'${shown}' is no key of ${entity.name}; it is named by '${near}'.`,
      todo: `Ask ${name} with ${entity.keys.map((one) => `'${one}'`).join(' and ')}.`,
      owner: 'data',
    });
  }
  for (const key of entity.keys) checkedKey(key, Object.hasOwn(given, key) ? given[key] : undefined);
}

function checkFeature(asset: string, { features }: FeaturesBody, feature: string): void {
  if (features.some(({ name }) => name === feature)) return;
  const shown = feature.slice(0, 100);
  const near = nearest(
    shown,
    features.map(({ name }) => name),
  );
  throw new MillraceError({
    code: 'MILL_FEATURES_UNKNOWN',
    message: `${asset} has no feature '${shown}'${near === undefined ? '' : `; it has '${near}'`}.`,
    todo: `\`millrace show ${asset}\` lists what there is.`,
    owner: 'data',
  });
}

function unknownFeatures(graph: Graph, asked: string, known: ReadonlyMap<string, unknown>): MillraceError {
  const shown = asked.slice(0, 100);
  const there = graph.nodes.get(asked);
  const near = nearest(shown, known.keys());
  const what =
    there === undefined
      ? `There are no features '${shown}'`
      : `'${shown}' is ${withArticle(there.kind)} and no features`;
  return new MillraceError({
    code: 'MILL_FEATURES_UNKNOWN',
    message: `${what}${near === undefined ? '' : `; there are '${near}'`}.`,
    todo: '`millrace show`, or GET /openapi.json, lists what there is.',
    owner: 'data',
  });
}
