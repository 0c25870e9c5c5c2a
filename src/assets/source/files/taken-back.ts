import type { Asked } from '../connector.port.ts';
import { sourceVersionOf } from '../version.ts';
import type { Arrivals, HashedFile } from './arrivals.ts';
import type { FilesSpec } from './spec.ts';

/** Contents that a roll-back took out of the table: of versions newer than the live one, and of older ones. */
export interface TakenBack {
  readonly newer: ReadonlySet<string>;
  readonly older: ReadonlySet<string>;
}

const contentOf = (path: string, hash: string): string => `${hash} ${path}`;

/** What versions of a source that were rolled back had brought. A content that is live all the same is not taken back. */
export function takenBack({ node, workspace, recorded }: Asked<FilesSpec>): TakenBack {
  const { state } = workspace;
  const live = state.live(node.name);
  const there = new Set(recorded?.loads.map(({ path, hash }) => contentOf(path, hash)));
  const newer = new Set<string>();
  const older = new Set<string>();
  for (const version of state.versions(node.name)) {
    if (version.status !== 'rolled-back') continue;
    const set = version.number > (live?.number ?? 0) ? newer : older;
    for (const { path, hash } of state.loadsIn(node.name, sourceVersionOf(version).loads))
      if (!there.has(contentOf(path, hash))) set.add(contentOf(path, hash));
  }
  return { newer, older };
}

/**
 * Arrivals without files that a roll-back took out and that still lie there as they were. Mended, a file is another content. Only when
 * nothing else has come since the roll-back are they left in: then the plan sees the very version that was rolled back, and says
 * that it is held.
 */
export function withoutTakenBack(found: Arrivals, { newer, older }: TakenBack): Arrivals {
  const is =
    (set: ReadonlySet<string>) =>
    (item: HashedFile): boolean =>
      set.has(contentOf(item.file.path, item.hash));
  const incoming = [...found.fresh, ...found.changed].filter((item) => !is(older)(item));
  const nothingElse = incoming.every(is(newer));
  const stays = (item: HashedFile): boolean => !is(older)(item) && (nothingElse || !is(newer)(item));
  return { ...found, fresh: found.fresh.filter(stays), changed: found.changed.filter(stays) };
}
