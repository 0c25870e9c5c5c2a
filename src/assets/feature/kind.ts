import { formatInstant, type Instant, type Json, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { BuildContext, Candidate, Kind, Workspace } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import type { Entry, StateValue } from '../../store/online/index.ts';
import type { Version } from '../../store/state/index.ts';
import { checkFeatures, checkRequest, probeNode } from './check.ts';
import { featuresLineage } from './lineage.ts';
import { portrayFeatures, portrayRequestFeatures } from './portrait.ts';
import type { RequestBody } from './request.ts';
import { reachedRanges } from './row-sql.ts';
import type { FeaturesBody } from './spec.ts';
import { buildState } from './state-build.ts';

/** What a version of features remembers. */
export interface FeaturesVersion {
  /** Where its state lies in the online store. */
  readonly space: string;
  /** The state answers exactly for every instant from here on. */
  readonly from: Instant;
  /** As it was declared then, so that an old model is served the features it was trained with. */
  readonly body: FeaturesBody;
}

/** What a version of features remembers, from its record. */
export function featuresVersionOf(version: Version): FeaturesVersion {
  return version.detail as unknown as FeaturesVersion;
}

/** Feature state by entity, brought up to the live version of its dataset. */
export const featuresKind: Kind<FeaturesBody> = {
  kind: 'features',
  revision: 1,
  check: checkFeatures,
  lineage: featuresLineage,
  portray: portrayFeatures,
  promises: ({ features }) =>
    Object.fromEntries(features.map(({ name, type, nullable }) => [name, { type, nullable, rules: [] }])),
  intact: async (version, { online }) =>
    (await online.standing(featuresVersionOf(version).space)) !== undefined,
  build: buildFeatures,
};

async function buildFeatures({
  node,
  workspace,
  input,
  buildId,
  progress,
}: BuildContext<FeaturesBody>): Promise<Candidate> {
  const { body } = node;
  const { engine, lake, online, clock } = workspace;
  await dropOldSpaces(workspace, node.name);
  const from = clock.now();
  const table = lake.table(body.from, input(body.from).snapshot) as TableState;
  const session = await engine.session();
  try {
    progress(0, 'computing state');
    const reached = lake.pruned(table, reachedRanges(body, { from }));
    const events = session.scan(reached, { rowId: true });
    const entities = await online.fill(buildId, null, entriesOf(buildState(session, body, events, from)));
    const detail: FeaturesVersion = { space: buildId, from, body };
    const what = `${body.features.length} features of ${entities.toLocaleString('en')} ${body.entity.name} entities`;
    return {
      rows: entities,
      note: entities > 0 ? what : `${what}: ${await whyEmpty(session, body, session.scan(table))}`,
      checks: [],
      detail: detail as unknown as Json,
      changes: [],
    };
  } finally {
    session.close();
  }
}

async function* entriesOf(
  states: AsyncIterable<readonly [entity: string, state: StateValue]>,
): AsyncGenerator<Entry> {
  for await (const [entity, state] of states) yield { entity, state };
}

/** Why no entity has state: there are no rows, or all are older than every window. */
async function whyEmpty(session: Session, body: FeaturesBody, events: string): Promise<string> {
  const [row] = await session.rows<{ newest: number | null }>(
    `select epoch_us(max(${quoteName(body.eventTime)})) as newest from ${events}`,
  );
  if (row === undefined || row.newest === null) return `${body.from} has no rows`;
  return `the newest row of ${body.from} is of ${formatInstant(row.newest).slice(0, 10)}, before every window`;
}

/** Of each definition, the states of this many newest versions are kept: the live one, and one to roll back to. */
const KEPT = 2;

/** Drops the state of versions that nobody serves or rolls back to any more. */
async function dropOldSpaces({ state, online }: Workspace, asset: string): Promise<void> {
  const seen = new Map<string, number>();
  const live = state.live(asset)?.id;
  for (const version of state.versions(asset)) {
    const count = (seen.get(version.definition) ?? 0) + 1;
    seen.set(version.definition, count);
    const { space } = featuresVersionOf(version);
    if (count > KEPT && version.id !== live && (await online.standing(space)) !== undefined)
      await online.drop(space);
  }
}

/** Request features have no rows: a version of them is the text of their function. */
export const requestFeaturesKind: Kind<RequestBody> = {
  kind: 'request-features',
  revision: 1,
  sees: 'declaration',
  check: async (node, { graph, session }) => [
    ...probeNode(node, graph).problems,
    ...(await checkRequest(node, session)),
  ],
  portray: portrayRequestFeatures,
  build: async ({ node, graph }) => {
    const { columns } = probeNode(node, graph);
    return {
      rows: null,
      note: columns.map((c) => c.name).join(', '),
      checks: [],
      detail: { columns: columns.map(({ name, type }) => ({ name, type })) },
      changes: [],
    };
  },
};
