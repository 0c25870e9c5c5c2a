import type { Interval, Intervals } from '../../../base/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import type { TableBody } from '../spec.ts';
import { tableVersionOf } from '../version.ts';
import { chooseIntervals } from './choose.ts';
import { drivingOf } from './driving.ts';
import { possiblyTouched, reachedBy } from './touched.ts';

/** The intervals that what is live of the inputs touches, beside what the live version has seen; from the catalog, no file is read. */
export function pendingIntervals(
  node: Node<TableBody>,
  live: Version,
  graph: Graph,
  workspace: Workspace,
): Intervals | undefined {
  const { incremental } = node.body;
  if (incremental === undefined) return undefined;
  const before = tableVersionOf(live).progress;
  const driving = drivingOf(node, graph, workspace, live, (dataset) => workspace.state.live(dataset));
  const reached: Interval[] = driving.flatMap((one) =>
    reachedBy(possiblyTouched(workspace.lake, one), one.within),
  );
  // How far the rows really go is not known from bounds; with too early an end too few intervals are closed, never too many.
  return chooseIntervals(incremental, before, { reached, newest: null }).built;
}
