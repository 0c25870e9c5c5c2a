import { MillraceError } from '../../../base/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { contractOfInput } from '../../contract/index.ts';
import { type TableBody, usesOf } from '../spec.ts';
import type { Driving } from './touched.ts';

/** The datasets that a table sees within its intervals: as the live version saw them, and as they are in `versionOf`. */
export function drivingOf(
  node: Node<TableBody>,
  graph: Graph,
  { lake, state }: Workspace,
  live: Version | undefined,
  versionOf: (dataset: string) => Version | undefined,
): Driving[] {
  return usesOf(node.body.query).flatMap(({ dataset, within }): Driving[] => {
    const version = versionOf(dataset);
    const now = version && lake.table(dataset, version.snapshot);
    if (within === undefined || now === undefined) return [];
    const seen = live?.inputs[dataset];
    const then = seen === undefined ? undefined : state.version(seen);
    const eventTime = contractOfInput(graph, dataset).eventTime as string;
    return [{ before: then && tableAt(lake, dataset, then.snapshot), now, eventTime, within }];
  });
}

/** A table at a snapshot; undefined when that has expired. */
function tableAt(lake: Workspace['lake'], name: string, snapshot: number): TableState | undefined {
  try {
    return lake.table(name, snapshot);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MILL_LAKE_SNAPSHOT_UNKNOWN') return undefined;
    throw error;
  }
}
