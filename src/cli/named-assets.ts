import { MillraceError, nearest } from '../base/index.ts';
import type { Graph, Selection } from '../graph/index.ts';

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

/** How much goes with the assets that are named. */
export interface SelectionOptions {
  only?: boolean;
  downstream?: boolean;
}

/** The part of the project that the command line names; undefined for all. @throws MILL_ASSET_UNKNOWN, MILL_CLI_USAGE */
export function selectionOf(
  graph: Graph,
  names: readonly string[],
  { only = false, downstream = false }: SelectionOptions,
): Selection | undefined {
  const assets = namedAssets(graph, names);
  if (assets !== undefined) return { assets, inputs: !only, downstream };
  if (!only && !downstream) return undefined;
  throw new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `${only ? '--only' : '--downstream'} goes with the names of assets, and none is given.`,
    todo: 'Name one that `millrace show` lists.',
    owner: 'project',
  });
}
