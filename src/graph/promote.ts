import { MillraceError } from '../base/index.ts';
import type { CheckResult, Version } from '../store/state/index.ts';
import { checkAliasName, LIVE } from './alias.ts';
import type { Kinds } from './kind.ts';
import { howBuilt, loggedOf, NEVER_BUILT } from './logged.ts';
import { plan } from './plan.ts';
import type { Graph } from './project.ts';
import type { Workspace } from './workspace.ts';

/** The check of a candidate that waits for a person: it is passed by promoting, and by nothing else. */
export const APPROVAL = 'approved by a person';

/** How a version is promoted. */
export interface Promotion {
  /** Default: `live`. */
  readonly alias?: string;
  readonly author: string;
  readonly note?: string;
  /** Let it pass though gates have not; a note must say why, and is shown with the version ever after. */
  readonly force?: boolean;
}

export interface Promoted {
  readonly asset: string;
  readonly alias: string;
  /** Where the alias was. */
  readonly from: string | null;
  readonly to: string;
  /** Gates that had not passed. */
  readonly overridden: readonly string[];
  /** The version that no run publishes again by itself. */
  readonly rolledBack: string | null;
}

/**
 * Moves an alias to a version by a person's word, in one transaction, by the rule of all publishing: its gates must have passed. What it leaves is
 * marked as rolled back if a run would publish it again; what was built from it is built again by the next run.
 * @throws MILL_ALIAS_NAME, MILL_PROMOTE_GATES, MILL_PROMOTE_IMPOSSIBLE, MILL_PROMOTE_NOTE, MILL_RUN_BEATEN
 */
export async function promote(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  version: Version,
  promotion: Promotion,
): Promise<Promoted> {
  const { state, clock } = workspace;
  const { alias = LIVE, author, note = '', force = false } = promotion;
  checkAliasName(alias);
  const said = note.trim();
  if (said.length > LONGEST_NOTE) throw noteLength(said);
  const goesLive = alias === LIVE;
  const { asset, id } = version;
  const before = state.live(asset)?.id;
  const next = await plan(graph, kinds, workspace, { assets: [asset], inputs: false });
  return state.transaction(() => {
    const now = state.version(id);
    if (now === undefined) throw impossible(version, 'it has been retired');
    if (loggedOf(now) !== undefined) throw impossible(version, `it ${NEVER_BUILT}`, howBuilt(asset));
    const from = state.live(asset, alias)?.id ?? null;
    if (from === id) throw impossible(version, `it is ${alias} already`);
    if (goesLive && from !== (before ?? null)) throw beaten(asset, from);
    const open = state.checks(id).filter(({ passed, severity }) => !passed && severity === 'block');
    const waiting = goesLive && open.some(({ name }) => name === APPROVAL);
    // A version that was published once has been let through before.
    const failed = now.status === 'candidate' ? open.filter(({ name }) => name !== APPROVAL) : [];
    if (now.status === 'candidate' && kinds.get(now.kind)?.promotable !== true)
      throw impossible(version, 'it was set aside, and its tables never came into the lake');
    if (failed.length > 0 && !force) throw gatesFailed(now, failed);
    if (failed.length > 0 && said === '') throw noteMissing(id);
    const at = clock.now();
    if (waiting) state.passCheck(id, APPROVAL, `by ${author}`);
    const leaves = goesLive && next.unchanged.includes(asset) ? from : null;
    if (leaves !== null) state.setStatus(leaves, 'rolled-back');
    // Another name publishes nothing: a run may not take it for let through.
    if (goesLive) state.setStatus(id, 'published');
    state.moveAlias(asset, id, at, `promoted by ${author}`, alias);
    const overridden = failed.map(({ name }) => name);
    if (said !== '' || waiting || overridden.length > 0) {
      const kind = overridden.length > 0 ? 'override' : goesLive ? 'approval' : 'note';
      const text = [said || `promoted to ${alias}`, ...overridden.map((gate) => `not passed: ${gate}`)];
      state.versionNotes.add({ version: id, kind, author, text: text.join('; '), at });
    }
    return { asset, alias, from, to: id, overridden, rolledBack: leaves };
  });
}

/** Says something of a version, for good. @throws MILL_PROMOTE_NOTE */
export function noteVersion(
  { state, clock }: Workspace,
  { id }: Version,
  author: string,
  text: string,
): void {
  const said = text.trim();
  if (said === '' || said.length > LONGEST_NOTE) throw noteLength(said);
  state.transaction(() => {
    state.versionNotes.add({ version: id, kind: 'note', author, text: said, at: clock.now() });
  });
}

/** Characters of a note: some pages. */
const LONGEST_NOTE = 10_000;

function impossible(
  { id, asset }: Version,
  why: string,
  todo = `\`millrace show ${asset}\` lists its versions.`,
): MillraceError {
  return new MillraceError({
    code: 'MILL_PROMOTE_IMPOSSIBLE',
    message: `${id} cannot be promoted: ${why}.`,
    todo,
    owner: 'project',
    asset,
  });
}

function gatesFailed({ id, asset }: Version, failed: readonly CheckResult[]): MillraceError {
  const gates = failed.map(({ name, observed, wanted }) => `${name}: ${observed}, wanted ${wanted}`);
  return new MillraceError({
    code: 'MILL_PROMOTE_GATES',
    message: `${id} did not pass its gates: ${gates.join('; ')}.`,
    todo: 'Promote one that did, or take it on yourself with --force --note "why"; both stay on record.',
    owner: 'data',
    asset,
  });
}

function noteMissing(version: string): MillraceError {
  return new MillraceError({
    code: 'MILL_PROMOTE_NOTE',
    message: `${version} did not pass its gates, and nothing says why it is to be used all the same.`,
    todo: 'Say so with --note "why".',
    owner: 'project',
  });
}

function noteLength(said: string): MillraceError {
  return new MillraceError({
    code: 'MILL_PROMOTE_NOTE',
    message: `A note of ${said.length} characters; wanted 1 to ${LONGEST_NOTE}.`,
    todo: 'Say what is to be known of this version, shortly.',
    owner: 'project',
  });
}

function beaten(asset: string, live: string | null): MillraceError {
  return new MillraceError({
    code: 'MILL_RUN_BEATEN',
    message: `Meanwhile ${live ?? 'no version'} of ${asset} is live.`,
    todo: 'Look at it, and promote again if you still want to.',
    owner: 'service',
    asset,
    retry: true,
  });
}
