import type { Json, JsonObject } from '../../../base/index.ts';
import { quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import {
  aggregatesIn,
  type FeatureSpec,
  type FeaturesBody,
  featureText,
  renamed,
  replayed,
  type SeenRow,
  type ThroughBody,
  windowEnd,
  windowStart,
} from '../../feature/index.ts';
import type { Lookup } from '../../model/index.ts';
import { quarantineOf } from '../../source/index.ts';
import type { Explanation } from './cause.ts';
import { evidenceOf, type History, historyNow, historyOf, recordOf, without } from './history.ts';
import { isSame, plain, type ReplayedLookup } from './replay.ts';

/** A lookup by all that is known by now of what should have been known then, as a training set made now would see it. */
export interface LookupNow {
  readonly history: History;
  /** As features are declared now. */
  readonly body: FeaturesBody;
  readonly values: JsonObject;
  /** As they were declared then. */
  readonly asThen: JsonObject;
}

/** Undefined where the features, or their dataset, are no longer there. */
export async function lookupNow(
  graph: Graph,
  session: Session,
  workspace: Workspace,
  { lookup, history: then }: ReplayedLookup,
): Promise<LookupNow | undefined> {
  const body = declaredNow(graph, lookup);
  const version = workspace.state.live(then.body.from);
  if (body === undefined || version === undefined) return undefined;
  const { entity, at } = then;
  const history = await historyNow(session, workspace, then, version);
  const asThen = plain(replayed(then.body, history.rows, at));
  if (isSame(body as unknown as Json, then.body as unknown as Json))
    return { history, body, values: asThen, asThen };
  if (body.from !== then.body.from) return undefined;
  const { rows } = await historyOf(session, workspace, { version, entity, at, upTo: 'all', body });
  return { history, body, values: plain(replayed(body, rows, at)), asThen };
}

function declaredNow(graph: Graph, { name, of }: Lookup): FeaturesBody | undefined {
  const node = graph.nodes.get(name);
  const features = graph.nodes.get(of) as Node<FeaturesBody> | undefined;
  if (node === undefined || features?.kind !== 'features') return undefined;
  return node.kind === 'through'
    ? renamed(features.body, (node as Node<ThroughBody>).body.prefix)
    : features.body;
}

/** Why a feature is not what history says now, where the replay of then says what was served, or its own cause explains no more. */
export async function explainNow(
  session: Session,
  workspace: Workspace,
  { history: then }: ReplayedLookup,
  now: LookupNow,
  name: string,
  served: Json | undefined,
): Promise<Explanation | undefined> {
  const old = then.body.features.find((spec) => spec.name === name) as FeatureSpec;
  const spec = now.body.features.find((one) => one.name === name);
  if (isSame(now.asThen[name], served) && !isSame(now.values[name], served)) {
    const what = spec === undefined ? 'is no longer declared' : `is now ${featureText(spec)}`;
    return { cause: 'code version', why: `it was ${featureText(old)}, and ${what}`, rows: [] };
  }
  const seen = (row: SeenRow): boolean =>
    aggregatesIn(old).some(
      (one) => row.event >= windowStart(then.at, one) && row.event < windowEnd(then.at, one),
    );
  const came = without(now.history.rows, then.rows).filter(seen);
  const went = without(then.rows, now.history.rows).filter(seen);
  if (came.length > 0) {
    const rows = await evidenceOf(session, workspace, now.history, came);
    const late = rows.filter(({ arrivedAt }) => arrivedAt === null || arrivedAt >= then.at);
    const gone =
      went.length === 0 ? '' : `, in place of ${count(went)} that ${went.length === 1 ? 'was' : 'were'} seen`;
    if (late.length > 0 && went.length > 0 && came.length <= went.length)
      return {
        cause: 'changed row',
        why: `${count(came)} that came after the answer stand in place of ${went.length} that it saw`,
        rows: late,
      };
    if (late.length > 0)
      return { cause: 'late row', why: `${count(late)} came in after the answer${gone}`, rows: late };
    return {
      cause: 'state behind',
      why: `${count(rows)} were in the lake before the answer, which stood on ${then.version.id}${gone}`,
      rows,
    };
  }
  if (went.length === 0) return undefined;
  const rows = await evidenceOf(session, workspace, then, went);
  const aside = await setAside(session, workspace, then, now.history, went);
  return aside.length > 0
    ? { cause: 'set aside', why: `${count(aside)} of the log are in the quarantine now`, rows }
    : {
        cause: 'changed row',
        why: `${count(went)} that the answer saw ${went.length === 1 ? 'is' : 'are'} no longer there`,
        rows,
      };
}

const count = (rows: readonly unknown[]): string => `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;

/** Rows of the log that the source has set aside since, by their own text. */
async function setAside(
  session: Session,
  { lake }: Workspace,
  then: History,
  now: History,
  went: readonly SeenRow[],
): Promise<readonly string[]> {
  const lines = went.flatMap(({ row }) => recordOf(then, row)?.line ?? []);
  const quarantine = lake.table(quarantineOf(then.body.from), now.version.snapshot);
  if (lines.length === 0 || quarantine === undefined) return [];
  const found = await session.rows<{ row: string }>(
    `select distinct _row as row from ${session.scan(quarantine)} where _row in (${lines.map(quoteText).join(', ')})`,
  );
  return found.map(({ row }) => row);
}
