import { fingerprint, type Json, newId } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import type { Workspace } from './workspace.ts';

/** A model that somebody trained elsewhere and offers as a version of an asset, with where its files and figures are to be found. */
export interface Logged {
  /** The logged model in `tracking`; empty when it is only known by its source. */
  readonly modelId: string;
  /** The tracked run that it came out of; empty when nobody said. */
  readonly runId: string;
  /** An address, as it was said. */
  readonly source: string;
  /** Where that led to then. Absent in versions of long ago: to itself. */
  readonly location?: string;
}

/**
 * Remembers an offered model as a candidate of an asset. It has been through no gate and is never built itself: a trainer that takes
 * what is logged builds versions of its own.
 */
export function addLogged({ state, lake, clock }: Workspace, asset: string, logged: Logged): Version {
  return state.transaction(() =>
    state.addVersion(
      {
        asset,
        kind: 'model',
        // Of its own, so that no build is ever taken for it.
        fingerprint: fingerprint({ logged: { ...logged }, at: newId() }),
        definition: 'logged',
        inputs: {},
        snapshot: lake.head(),
        rows: null,
        detail: { logged: { ...logged } },
        status: 'candidate',
        createdAt: clock.now(),
        run: '',
      },
      [],
    ),
  );
}

/** What a version offers that was logged and not built; undefined for one that was built, whose detail is its kind's. */
export function loggedOf({ detail }: Pick<Version, 'detail'>): Logged | undefined {
  const found = (detail as { readonly [key: string]: Json } | null)?.['logged'];
  return found === undefined ? undefined : (found as unknown as Logged);
}

/** Why a version that was logged cannot be published. */
export const NEVER_BUILT = 'was logged from outside and never built';

/** What makes a version of what is logged: its trainer takes the newest, not the one that was registered. */
export const howBuilt = (asset: string): string =>
  `Declare ${asset} with \`trainer: mlflow({ … })\`: then \`millrace run ${asset}\` builds and judges a version from the newest model of that experiment.`;
