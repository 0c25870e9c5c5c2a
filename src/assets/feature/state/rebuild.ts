import { MillraceError } from '../../../base/index.ts';
import type { Node, Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Entry } from '../../../store/online/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { reachedRanges } from '../history/row-sql.ts';
import { featuresKind, featuresVersionOf } from '../kind.ts';
import type { FeaturesBody } from '../spec.ts';
import { coverageValue, newCoverage } from './coverage.ts';
import { buildState } from './state-build.ts';

export interface RebuiltState {
  readonly version: string;
  /** The version of the dataset that the states were made from. */
  readonly dataset: string;
  readonly entities: number;
}

/** Told so often how many entities have state. */
const TELL_EVERY = 10_000;

/**
 * Makes the state of the live features anew from the lake. Look-ups go on meanwhile, over what was there before; then they see all of the new
 * at once.
 * @throws MILL_FEATURES_NOT_LIVE, MILL_ONLINE_WRITE_FAILED
 */
export async function rebuildFeatures(
  node: Node<FeaturesBody>,
  workspace: Workspace,
  onProgress: (entities: number) => void = () => {},
): Promise<RebuiltState> {
  const { state, lake, engine, online, clock } = workspace;
  const live = state.live(node.name);
  if (live === undefined) throw featuresNotLive(node.name);
  const { space, body } = featuresVersionOf(live);
  const target = state.version(live.inputs[body.from] as string) as Version;
  const from = clock.now();
  const session = await engine.session();
  try {
    const table = lake.table(body.from, target.snapshot) as TableState;
    const events = session.scan(lake.pruned(table, reachedRanges(body, { from })), { rowId: true });
    const entries = counted(buildState(session, body, events, from), onProgress);
    const entities = await online.fill(space, coverageValue(newCoverage(target.id, from)), entries);
    // A run may have published meanwhile, and have moved what was there before.
    await featuresKind.settle?.(node, state.live(node.name) ?? live, workspace);
    return { version: live.id, dataset: target.id, entities };
  } finally {
    session.close();
  }
}

async function* counted(
  entries: AsyncIterable<Entry>,
  onProgress: (count: number) => void,
): AsyncGenerator<Entry> {
  let count = 0;
  for await (const entry of entries) {
    yield entry;
    if (++count % TELL_EVERY === 0) onProgress(count);
  }
}

export function featuresNotLive(name: string): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURES_NOT_LIVE',
    message: `${name} has no state to answer from yet.`,
    todo: 'Run `millrace run` and see what keeps it from being published.',
    owner: 'project',
    asset: name,
    retry: true,
  });
}
