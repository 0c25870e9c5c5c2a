import { MillraceError, nearest } from '../base/index.ts';
import { aliasUnknown, type Graph, type Node, type Workspace } from '../graph/index.ts';
import type { Version } from '../store/state/index.ts';
import { namedAssets } from './named-assets.ts';

/**
 * The version that a text names: `fraud@3`, `fraud@challenger` by an alias, or `fraud` for the one that is live.
 * @throws MILL_ASSET_UNKNOWN, MILL_VERSION_UNKNOWN, MILL_ALIAS_UNKNOWN
 */
export function namedVersion(
  graph: Graph,
  { state }: Pick<Workspace, 'state'>,
  text: string,
): { readonly node: Node; readonly version: Version } {
  const at = text.indexOf('@');
  const asset = at < 0 ? text : text.slice(0, at);
  namedAssets(graph, [asset]);
  const node = graph.nodes.get(asset) as Node;
  const which = at < 0 ? 'live' : text.slice(at + 1);
  if (/^\d+$/.test(which)) {
    const version = state.version(text);
    if (version !== undefined) return { node, version };
    const known = state.versions(asset).map(({ id }) => id);
    const near = nearest(text, known);
    throw new MillraceError({
      code: 'MILL_VERSION_UNKNOWN',
      message: `There is no version '${text.slice(0, 100)}'${near ? `; there is '${near}'` : ''}.`,
      todo: `Choose one that \`millrace show ${asset}\` lists.`,
      owner: 'project',
      asset,
    });
  }
  const version = state.live(asset, which);
  if (version !== undefined) return { node, version };
  throw aliasUnknown({ state }, asset, which);
}

/** Who says so, for notes: the option, or whose session it is. */
export function authorOf(by: string | undefined): string {
  const { USER, USERNAME } = process.env;
  return (by ?? USER ?? USERNAME ?? 'unknown').trim().slice(0, 100) || 'unknown';
}
