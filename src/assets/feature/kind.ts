import {
  counted,
  formatInstant,
  type Instant,
  type Json,
  MillraceError,
  quoteName,
} from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { BuildContext, Candidate, Kind, Node, Workspace } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import type { Version } from '../../store/state/index.ts';
import { freshnessOf } from '../contract/index.ts';
import { checkFeatures } from './check.ts';
import { reachedRanges } from './history/row-sql.ts';
import { featuresLineage } from './lineage.ts';
import { portrayFeatures } from './portrait.ts';
import { type FeaturesBody, withoutWords } from './spec.ts';
import { type Coverage, coverageOf, coverageValue, newCoverage, spaceOf } from './state/coverage.ts';
import { buildState } from './state/state-build.ts';
import { type Change, movedStates } from './state/state-move.ts';
import { nowBeside } from './state/too-early.ts';

/** What a version of features remembers. */
export interface FeaturesVersion {
  /** Where the state of its definition lies in the online store. */
  readonly space: string;
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
  revision: 2,
  definition: ({ fresh: _, audit: __, ...body }) => ({ ...body, features: body.features.map(withoutWords) }),
  check: checkFeatures,
  lineage: featuresLineage,
  portray: portrayFeatures,
  promises: ({ features }) =>
    Object.fromEntries(features.map(({ name, type, nullable }) => [name, { type, nullable, rules: [] }])),
  // Features know what their dataset's version has: its newest event is the newest that they see.
  freshness: async ({ body: { fresh, eventTime, from } }, { inputs }, workspace) => {
    const behind = workspace.state.version(inputs[from] ?? '');
    if (fresh === undefined || behind === undefined) return undefined;
    return freshnessOf({ fresh, eventTime }, behind, workspace);
  },
  intact: async (version, { online }) => {
    try {
      return (await online.coverage(featuresVersionOf(version).space)) !== undefined;
    } catch (error) {
      // Of a store that is away nothing is known; the plan goes on for all that do without it.
      if (error instanceof MillraceError && error.code === 'MILL_ONLINE_UNREACHABLE') return true;
      throw error;
    }
  },
  // States say which version of their dataset they hold, and kept look-ups which they were answered from, for whoever follows an answer back.
  names: async (asset, { state, online }) => {
    const spaces = new Set(state.definitions(asset).map((version) => featuresVersionOf(version).space));
    const stands = await Promise.all([...spaces].map((space) => online.coverage(space)));
    const held = stands.flatMap((value) => (value === undefined ? [] : [coverageOf(value).dataset]));
    return [...held, ...state.lookUps.versions(asset)];
  },
  continues: ({ from }) => ({ grows: [from] }),
  build: buildFeatures,
  settle: settleFeatures,
};

/** A move that was worked out while its version was a candidate. */
interface Staged {
  readonly expected: Coverage;
  readonly next: Coverage;
  readonly changes: readonly Change[];
}

/**
 * A space that was never filled is filled: nobody looks there before this version is live. Otherwise it is worked out, and not yet done,
 * how the space moves on to the dataset's version: that readers see only when the version is live.
 */
async function buildFeatures(context: BuildContext<FeaturesBody>): Promise<Candidate> {
  const { node, workspace, input, progress } = context;
  const { body } = node;
  const space = spaceOf(node.name, body);
  const target = input(body.from);
  progress(0, 'computing state');
  const staged = await stage(workspace, body, space, target);
  const detail: FeaturesVersion = { space, body };
  const names = counted(body.features.length, 'feature');
  const who = body.entity.name;
  const entities = 'filled' in staged ? staged.filled : staged.changes.length;
  const what =
    'filled' in staged
      ? `${names} of ${entities.toLocaleString('en')} ${who} entities`
      : `${names}, ${entities.toLocaleString('en')} ${who} entities with new rows`;
  return {
    // How many entities have state says nothing of what was done, and only the store could tell.
    rows: null,
    note: entities > 0 ? what : `${what}: ${await whyEmpty(workspace, body, target)}`,
    checks: [],
    detail: detail as unknown as Json,
    changes: [],
    ...('filled' in staged ? {} : { staged }),
  };
}

async function stage(
  { engine, lake, online, clock, state }: Workspace,
  body: FeaturesBody,
  space: string,
  target: Version,
): Promise<Staged | { readonly filled: number }> {
  const table = lake.table(body.from, target.snapshot) as TableState;
  const session = await engine.session();
  try {
    const reached = (from: Instant): string =>
      session.scan(lake.pruned(table, reachedRanges(body, { from })), { rowId: true });
    const stands = await online.coverage(space);
    const expected = stands === undefined ? undefined : coverageOf(stands);
    const before = expected && state.version(expected.dataset);
    const now = nowBeside(clock.now(), expected?.from ?? -Infinity);
    // States know nothing of before they were made, so with a clock that went back they are made anew.
    if (expected !== undefined && before !== undefined && expected.from <= now) {
      const next = { ...expected, dataset: target.id, from: now };
      const old = lake.table(body.from, before.snapshot) as TableState;
      const changes = await movedStates({
        ...{ session, online, body, space, before: old, after: table },
        ...{ events: reached(now), from: now },
      });
      if (changes !== undefined) return { expected, next, changes };
    }
    const coverage = coverageValue(newCoverage(target.id, now));
    return { filled: await online.fill(space, coverage, buildState(session, body, reached(now), now)) };
  } finally {
    session.close();
  }
}

/**
 * Brings the states of every definition of the asset up to the dataset's version behind the live one: those that old models still ask
 * for too. Told how by a build of a moment ago, it need not be worked out again.
 */
async function settleFeatures(
  { name }: Node<FeaturesBody>,
  live: Version,
  workspace: Workspace,
  staged?: unknown,
): Promise<void> {
  const { state, online } = workspace;
  const { space: own, body } = featuresVersionOf(live);
  const target = state.version(live.inputs[body.from] as string);
  if (target === undefined) return;
  if (staged !== undefined) {
    const { expected, next, changes } = staged as Staged;
    if (next.dataset === target.id)
      await online.move(own, coverageValue(expected), coverageValue(next), changes);
  }
  const definitions = new Map(
    state.definitions(name).map((version) => {
      const { space, body: of } = featuresVersionOf(version);
      return [space, of] as const;
    }),
  );
  for (const [space, of] of definitions) {
    const stands = await online.coverage(space);
    // What nobody has asked for since it was lost stays away.
    if (of.from !== body.from || (stands === undefined && space !== own)) continue;
    if (stands !== undefined && coverageOf(stands).dataset === target.id) continue;
    const moved = await stage(workspace, of, space, target);
    if (!('filled' in moved))
      await online.move(space, coverageValue(moved.expected), coverageValue(moved.next), moved.changes);
  }
}

/** Why no entity has state: there are no rows, or all are older than every window. */
async function whyEmpty({ engine, lake }: Workspace, body: FeaturesBody, target: Version): Promise<string> {
  const session: Session = await engine.session();
  try {
    const events = session.scan(lake.table(body.from, target.snapshot) as TableState);
    const [row] = await session.rows<{ newest: number | null }>(
      `select epoch_us(max(${quoteName(body.eventTime)})) as newest from ${events}`,
    );
    if (row === undefined || row.newest === null) return `${body.from} has no rows`;
    return `the newest row of ${body.from} is of ${formatInstant(row.newest).slice(0, 10)}`;
  } finally {
    session.close();
  }
}
