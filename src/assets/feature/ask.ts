import {
  formatInstant,
  type Instant,
  type Json,
  type JsonObject,
  MillraceError,
  nearest,
} from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { FeatureValue } from './aggregate/index.ts';
import { checkedKey, entityText } from './entity-key.ts';
import type { LiveHeads } from './head/index.ts';
import { featuresVersionOf } from './kind.ts';
import { type LookedUp, lookUp } from './look-up.ts';
import { newestEvent } from './newest-event.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

/** A question about features: who is asked about, and which of them; all by default. */
export interface FeatureAsk {
  readonly name: string;
  readonly entities: readonly JsonObject[];
  readonly features?: readonly string[];
  /** Refuses where the features are older than they are declared to be at most. */
  readonly require?: 'fresh';
}

export interface FeatureAnswer {
  /** The version of the features that answered. */
  readonly version: string;
  /** The version of the dataset whose rows their state holds, and its snapshot of the lake. */
  readonly dataset: string;
  readonly snapshot: number;
  /** The newest event time that is known, and how many seconds that is before the instant asked about. */
  readonly newest: string | null;
  readonly age: number | null;
  /** Whether that is as fresh as declared; null where nothing is declared. */
  readonly fresh: boolean | null;
  /** In the order of the entities. Instants are ISO texts. */
  readonly values: readonly Readonly<Record<string, Json>>[];
}

/** Entities in one question, at most. */
const MOST_ENTITIES = 1_000;

/**
 * Features of entities as of `t`, of one asset or of several in one round trip.
 * @throws MILL_FEATURES_UNKNOWN, MILL_FEATURES_KEY, MILL_FEATURES_NOT_LIVE, MILL_FEATURES_STALE, MILL_ONLINE_UNREACHABLE
 */
export async function askFeatures(
  graph: Graph,
  workspace: Workspace,
  heads: LiveHeads | undefined,
  asks: readonly FeatureAsk[],
  t: Instant,
): Promise<FeatureAnswer[]> {
  const named = asks.map((ask) => {
    const node = nodeOf(graph, ask.name);
    const live = workspace.state.live(node.name);
    if (live === undefined) throw notLive(node.name);
    const { body, space } = featuresVersionOf(live);
    const wanted = featuresOf(body, ask);
    return { ask, node, live, body, space, wanted, entities: entitiesOf(node, ask) };
  });
  const total = asks.reduce((sum, { entities }) => sum + entities.length, 0);
  if (total > MOST_ENTITIES)
    throw refused(
      'MILL_FEATURES_KEY',
      `${total} entities are asked about at once, more than ${MOST_ENTITIES}.`,
      'Ask in several requests.',
    );
  const found = await lookUp(workspace.online, heads, named, t);
  const answers: FeatureAnswer[] = [];
  for (const [i, { ask, node, live, body, wanted }] of named.entries()) {
    const one = found[i];
    if (one === undefined) throw notLive(node.name);
    answers.push(await answerOf(workspace, heads, { ask, node, live, body, wanted }, one, t));
  }
  return answers;
}

interface Named {
  readonly ask: FeatureAsk;
  readonly node: Node<FeaturesBody>;
  readonly live: Version;
  readonly body: FeaturesBody;
  readonly wanted: readonly FeatureSpec[];
}

async function answerOf(
  workspace: Workspace,
  heads: LiveHeads | undefined,
  { ask, node, live, body, wanted }: Named,
  { coverage, values }: LookedUp,
  t: Instant,
): Promise<FeatureAnswer> {
  const dataset = workspace.state.version(coverage.dataset);
  const settled = dataset === undefined ? null : await newestEvent(workspace, dataset, body.eventTime);
  const head = heads?.newest(body, coverage.dataset) ?? null;
  const newest = settled === null || head === null ? (settled ?? head) : Math.max(settled, head);
  const limit = node.body.fresh;
  const fresh = limit === undefined ? null : newest !== null && t - newest <= limit;
  if (ask.require === 'fresh' && fresh === false) throw stale(node.name, newest, t);
  return {
    version: live.id,
    dataset: coverage.dataset,
    snapshot: dataset?.snapshot ?? 0,
    newest: newest === null ? null : formatInstant(newest),
    age: newest === null ? null : (t - newest) / 1e6,
    fresh,
    values: values.map((one) =>
      Object.fromEntries(wanted.map((spec) => [spec.name, jsonOf(spec, one[spec.name] ?? null)])),
    ),
  };
}

function jsonOf({ type }: FeatureSpec, value: FeatureValue): Json {
  if (type !== 'timestamp' || value === null) return value as Json;
  return Array.isArray(value)
    ? value.map((item) => formatInstant(item as Instant))
    : formatInstant(value as Instant);
}

function nodeOf(graph: Graph, name: string): Node<FeaturesBody> {
  const node = graph.nodes.get(name);
  if (node?.kind === 'features') return node as Node<FeaturesBody>;
  const known = [...graph.nodes.values()].flatMap(({ kind, name: own }) =>
    kind === 'features' ? [own] : [],
  );
  const shown = name.slice(0, 100);
  const near = nearest(shown, known);
  throw refused(
    'MILL_FEATURES_UNKNOWN',
    `There are no features '${shown}'${near === undefined ? '' : `; the nearest are '${near}'`}.`,
    known.length === 0 ? 'The project has none.' : `Name one of ${known.join(', ')}.`,
  );
}

function featuresOf(body: FeaturesBody, { name, features }: FeatureAsk): readonly FeatureSpec[] {
  if (features === undefined) return body.features;
  return features.map((asked) => {
    const spec = body.features.find((one) => one.name === asked);
    if (spec !== undefined) return spec;
    const near = nearest(
      asked.slice(0, 100),
      body.features.map((one) => one.name),
    );
    throw refused(
      'MILL_FEATURES_UNKNOWN',
      `${name} has no feature '${asked.slice(0, 100)}'${near === undefined ? '' : `; the nearest is '${near}'`}.`,
      `Name some of ${body.features.map((one) => one.name).join(', ')}.`,
    );
  });
}

function entitiesOf(
  { body: { entity } }: Node<FeaturesBody>,
  { entities }: FeatureAsk,
): (string | undefined)[] {
  return entities.map((asked) => {
    for (const key of entity.keys) checkedKey(key, asked[key]);
    for (const name of Object.keys(asked))
      if (!entity.keys.includes(name))
        throw refused(
          'MILL_FEATURES_KEY',
          `'${name.slice(0, 100)}' is no key of ${entity.name}, which is named by ${entity.keys.join(', ')}.`,
          'Leave it out.',
        );
    return entityText(entity, (key) => asked[key]);
  });
}

const refused = (code: `MILL_${string}`, message: string, todo: string): MillraceError =>
  new MillraceError({ code, message, todo, owner: 'data' });

function notLive(name: string): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURES_NOT_LIVE',
    message: `${name} has no state to answer from: no version of it has been published, or its state was lost.`,
    todo: 'Run `millrace run`.',
    owner: 'service',
    asset: name,
    retry: true,
  });
}

function stale(name: string, newest: Instant | null, t: Instant): MillraceError {
  const what =
    newest === null ? 'have no rows' : `know nothing younger than ${Math.round((t - newest) / 1e6)} s`;
  return new MillraceError({
    code: 'MILL_FEATURES_STALE',
    message: `The features ${name} ${what}, more than they are declared to.`,
    todo: 'See what keeps their source from bringing rows: `millrace show`; or ask without `require`.',
    owner: 'service',
    asset: name,
    retry: true,
  });
}
