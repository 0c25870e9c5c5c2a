import { HOUR, type Instant } from '../base/index.ts';
import type { State, VersionFacts } from '../store/state/index.ts';
import type { Kinds } from './kind.ts';
import type { Workspace } from './workspace.ts';

/** What of the past is kept though nothing needs it. All in microseconds but `recent`. */
export interface Retention {
  readonly now: Instant;
  /** Whatever is younger stays. */
  readonly young: number;
  /** So many newest versions of each asset stay, and as many that its alias pointed to last. */
  readonly recent: number;
  /** Until this age the last version of each hour stays. */
  readonly hourly: number;
}

/** What is known of the past when it is decided what may go. */
export interface Past {
  /** Newest first within an asset. */
  readonly versions: readonly VersionFacts[];
  /** Versions that aliases point to, that have a note, or that predictions or copies name. */
  readonly needed: Iterable<string>;
  /** By asset, the versions its aliases were at, newest first. */
  moves(asset: string): Iterable<string>;
}

/**
 * The versions that may be forgotten. Pure. Never one that an alias points to, that a prediction names, that has a note or was rolled back,
 * which is a person's word; none of the recent past; and none that one of these was built from, however indirectly.
 */
export function retirable({ versions, needed, moves }: Past, retention: Retention): string[] {
  const { now, young, recent, hourly } = retention;
  const byId = new Map(versions.map((version) => [version.id, version]));
  const stay = new Set<string>();
  const keep = (id: string): void => {
    const version = byId.get(id);
    if (version === undefined || stay.has(id)) return;
    stay.add(id);
    for (const input of Object.values(version.inputs)) keep(input);
  };
  for (const id of needed) keep(id);
  const ranks = new Map<string, number>();
  const hours = new Map<string, number>();
  for (const { id, asset, status, createdAt } of versions) {
    const rank = ranks.get(asset) ?? 0;
    ranks.set(asset, rank + 1);
    const hour = Math.floor(createdAt / HOUR);
    const last = status === 'published' && hours.get(asset) !== hour;
    if (status === 'published') hours.set(asset, hour);
    const age = now - createdAt;
    if (status === 'rolled-back' || rank < recent || age < young || (last && age < hourly)) keep(id);
  }
  for (const asset of ranks.keys()) {
    const last = new Set<string>();
    for (const id of moves(asset)) {
      if (last.size >= recent) break;
      last.add(id);
    }
    for (const id of last) keep(id);
  }
  return versions.filter(({ id }) => !stay.has(id)).map(({ id }) => id);
}

/** Versions that something outside of versions refers to, asked of the kinds of all assets that ever were. */
async function named(kinds: Kinds, workspace: Workspace): Promise<Set<string>> {
  const found = new Set<string>();
  const asked = new Set<string>();
  for (const { asset, kind } of workspace.state.versionFacts()) {
    if (asked.has(asset)) continue;
    asked.add(asset);
    for (const id of (await kinds.get(kind)?.names?.(asset, workspace)) ?? []) found.add(id);
  }
  return found;
}

function nowRetirable(state: State, names: ReadonlySet<string>, retention: Retention): string[] {
  const moves = function* (asset: string): Iterable<string> {
    for (const { from, to } of state.aliasMoves(asset)) {
      yield to;
      if (from !== null) yield from;
    }
  };
  const { versionNotes, batches } = state;
  const needed = [...state.aliased(), ...versionNotes.noted(), ...batches.named(), ...names];
  return retirable({ versions: state.versionFacts(), needed, moves }, retention);
}

/** The versions that `retire` would forget. */
export async function toRetire(kinds: Kinds, workspace: Workspace, retention: Retention): Promise<string[]> {
  return nowRetirable(workspace.state, await named(kinds, workspace), retention);
}

/**
 * Forgets versions that nothing needs, in one transaction, and gives how many. What they kept in the lake, the blobs and the online
 * store is left to expiry and clean-up. A version whose fingerprint comes again is built again.
 */
export async function retire(kinds: Kinds, workspace: Workspace, retention: Retention): Promise<number> {
  const { state } = workspace;
  const names = await named(kinds, workspace);
  return state.transaction(() => {
    const gone = nowRetirable(state, names, retention);
    state.retire(gone, retention.now - retention.hourly);
    return gone.length;
  });
}
