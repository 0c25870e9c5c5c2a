import { MillraceError, nearest } from '../base/index.ts';
import type { Graph } from '../graph/index.ts';

/** The assets named on the command line; undefined for all. @throws MILL_ASSET_UNKNOWN */
export function namedAssets(graph: Graph, names: readonly string[]): readonly string[] | undefined {
  for (const name of names) {
    if (graph.nodes.has(name)) continue;
    const near = nearest(name, graph.nodes.keys());
    throw new MillraceError({
      code: 'MILL_ASSET_UNKNOWN',
      message: `Project '${graph.name}' has no asset '${name}'${near ? `; it has '${near}'` : ''}.`,
      todo: 'Name one that `millrace show` lists.',
      owner: 'project',
    });
  }
  return names.length === 0 ? undefined : names;
}
