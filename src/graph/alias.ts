import { MillraceError } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import type { Workspace } from './workspace.ts';

/** The alias that readers see. */
export const LIVE = 'live';

const aliasName = /^[a-z][a-z0-9-]{0,59}$/;
/** `v3` reads as a number and `latest` as whatever is newest; both would be neither. */
const misleading = /^(v\d+|latest)$/;

/** @throws MILL_ALIAS_NAME */
export function checkAliasName(alias: string): void {
  if (aliasName.test(alias) && !misleading.test(alias)) return;
  throw new MillraceError({
    code: 'MILL_ALIAS_NAME',
    message: `'${alias.slice(0, 100)}' cannot be the name of an alias.`,
    todo: "Use lower-case letters, digits and '-', beginning with a letter, at most 60; not 'latest', and not 'v' with a number.",
    owner: 'project',
  });
}

/**
 * Gives a version a name beside `live`, or moves that name to it. Nobody serves what such an alias names, so any version may have one, also one that
 * did not pass its gates. It is not retired as long as it has one.
 * @throws MILL_ALIAS_NAME, MILL_ALIAS_LIVE
 */
export function nameVersion(
  { state, clock }: Workspace,
  version: Version,
  alias: string,
): { readonly from: string | null } {
  checkAliasName(alias);
  if (alias === LIVE) throw liveIsPromoted(version.id);
  return state.transaction(() => {
    const from = state.live(version.asset, alias)?.id ?? null;
    if (from !== version.id) state.moveAlias(version.asset, version.id, clock.now(), 'named', alias);
    return { from };
  });
}

/**
 * Takes a name beside `live` away.
 * @throws MILL_ALIAS_UNKNOWN, MILL_ALIAS_LIVE
 */
export function dropAlias({ state }: Workspace, asset: string, alias: string): { readonly from: string } {
  if (alias === LIVE) throw liveIsPromoted(`${asset}@N`);
  return state.transaction(() => {
    const from = state.live(asset, alias)?.id;
    if (from === undefined || !state.dropAlias(asset, alias)) throw aliasUnknown({ state }, asset, alias);
    return { from };
  });
}

export function aliasUnknown(
  { state }: Pick<Workspace, 'state'>,
  asset: string,
  alias: string,
): MillraceError {
  const there = state.aliases(asset).map((one) => one.alias);
  return new MillraceError({
    code: 'MILL_ALIAS_UNKNOWN',
    message:
      alias === LIVE
        ? `No version of ${asset} is live.`
        : `${asset} has no alias '${alias.slice(0, 100)}'${there.length > 0 ? `; it has ${there.join(', ')}` : ''}.`,
    todo: `${alias === LIVE ? `Build it with \`millrace run ${asset}\`, or name a version: ` : ''}\`millrace show ${asset}\` lists its versions and their aliases.`,
    owner: 'project',
    asset,
  });
}

function liveIsPromoted(version: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ALIAS_LIVE',
    message: `'${LIVE}' is what readers see: it is moved by publishing alone, and never taken away.`,
    todo: `Use \`millrace promote ${version}\` or \`millrace rollback\`.`,
    owner: 'project',
  });
}
