import { MillraceError } from '../base/index.ts';
import type { State, Version } from '../store/state/index.ts';
import { howBuilt, loggedOf, NEVER_BUILT } from './logged.ts';
import type { Workspace } from './workspace.ts';

/**
 * Points the live alias back at the version that was live before, or at a named earlier one, in one transaction. The version it
 * leaves is marked as rolled back: as long as declaration and data are the same, no run publishes it again.
 * What was built from it is built again by the next run.
 * @throws MILL_ROLLBACK_IMPOSSIBLE when there is nothing to go back to.
 */
export function rollback(workspace: Workspace, asset: string, to?: string): { from: string; to: string } {
  const { state, clock } = workspace;
  return state.transaction(() => {
    const live = state.live(asset);
    const impossible = (
      why: string,
      todo = `\`millrace show ${asset}\` lists its versions.`,
    ): MillraceError =>
      new MillraceError({
        code: 'MILL_ROLLBACK_IMPOSSIBLE',
        message: `${asset} cannot be rolled back: ${why}.`,
        todo,
        owner: 'project',
        asset,
      });
    if (live === undefined) throw impossible('nothing is live');
    const target = to === undefined ? liveBefore(state, live) : state.version(to);
    if (target === undefined)
      throw impossible(
        to === undefined ? `no published version came before ${live.id}` : `there is no version ${to}`,
      );
    if (target.asset !== asset) throw impossible(`${target.id} is a version of ${target.asset}`);
    if (target.id === live.id) throw impossible(`${live.id} is live already`);
    if (loggedOf(target) !== undefined) throw impossible(`${target.id} ${NEVER_BUILT}`, howBuilt(asset));
    if (target.status === 'candidate') throw impossible(`${target.id} did not pass its gates`);
    state.setStatus(live.id, 'rolled-back');
    state.setStatus(target.id, 'published');
    state.moveAlias(asset, target.id, clock.now(), `rolled back from ${live.id}`);
    return { from: live.id, to: target.id };
  });
}

/** By the way the alias went, not by number: a version that was found again has a lower number than the one before it. */
function liveBefore(state: State, live: Version): Version | undefined {
  for (const { alias, from } of state.aliasMoves(live.asset)) {
    if (alias !== 'live' || from === null || from === live.id) continue;
    const version = state.version(from);
    if (version?.status === 'published') return version;
  }
  return undefined;
}
