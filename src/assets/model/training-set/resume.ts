import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY, fingerprint, type Instant } from '../../../base/index.ts';
import { HOME, type Workspace } from '../../../graph/index.ts';
import { type KeptShares, keepShares } from '../../feature/index.ts';

/** How long what a build that was cut off had worked out is gone on from: later, more labels would be known. */
const KEPT_FOR = DAY;

/** What an earlier build of the very same rows has left, or this one will leave. */
export interface Resume {
  /** Labels known at this instant are in it: the instant of the build that was cut off, or now. */
  readonly asOf: Instant;
  /** Where answers to a lookup are kept. */
  sharesOf(lookup: string): KeptShares;
  /** All is there: nothing need be kept. */
  done(): void;
}

/** Goes on where a build of the same declaration over the same versions (`of`) was cut off. Writes nothing until there is something to keep. */
export function resume({ folder, clock }: Workspace, asset: string, of: unknown): Resume {
  const own = join(folder, HOME, 'resume', asset);
  const kept = join(own, fingerprint(of));
  const now = clock.now();
  const noted = join(kept, 'as-of');
  const before = existsSync(noted) ? Number(readFileSync(noted, 'utf8')) : Number.NaN;
  const goesOn = before <= now && now - before < KEPT_FOR;
  // What was kept of other declarations or other rows is of no use to anyone.
  if (!goesOn) rmSync(own, { recursive: true, force: true });
  const asOf = goesOn ? before : now;
  const note = (): void => {
    mkdirSync(kept, { recursive: true });
    if (!existsSync(noted)) writeFileSync(noted, String(asOf));
  };
  return {
    asOf,
    sharesOf(lookup) {
      const shares = keepShares(kept, lookup);
      return {
        read: shares.read,
        write: (...share) => {
          note();
          return shares.write(...share);
        },
      };
    },
    done: () => rmSync(own, { recursive: true, force: true }),
  };
}
