import type { Instant } from '../../../base/index.ts';
import type { OnlineStore } from '../../../store/online/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import type { HeadPosition, Heads } from '../head/index.ts';
import type { FeaturesBody } from '../spec.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { readStates } from './known-states.ts';
import { readState } from './state-read.ts';
import { AsOfTooEarly } from './too-early.ts';

/** What is looked up of one space. */
export interface LookUp {
  readonly body: FeaturesBody;
  readonly space: string;
  /** Undefined: nobody, who is answered as one that is not known. */
  readonly entities: readonly (string | undefined)[];
}

export interface LookedUp {
  readonly coverage: Coverage;
  readonly values: readonly Readonly<Record<string, FeatureValue>>[];
  /** Up to where its dataset's stream had been read; absent for a dataset that nothing is posted to. */
  readonly position?: HeadPosition;
  /** Rows of the head that were seen, all entities together. */
  readonly headRows: number;
  /** Whether the store was reached; otherwise these are the states that this process read last, of some while ago. */
  readonly reached: boolean;
}

/**
 * The features of several entities in several spaces at `t`, in one round trip: the states as they stand and the rows that came since. Undefined
 * for a space that was never filled. With `mustReach` nothing is answered from memory while the store is down.
 * @throws AsOfTooEarly with when the last of them was made, where that is after `t`: states move on after a clock is read, and clocks differ;
 * MILL_ONLINE_UNREACHABLE
 */
export async function lookUp(
  online: OnlineStore,
  heads: Heads | undefined,
  asks: readonly LookUp[],
  t: Instant,
  { mustReach = false }: { readonly mustReach?: boolean } = {},
): Promise<readonly (LookedUp | undefined)[]> {
  await heads?.catchUp();
  const named = asks.map(({ space, entities }) => ({
    space,
    entities: entities.filter((one) => one !== undefined),
  }));
  const { found, reached } = await readStates(online, named, mustReach);
  const made = found.map(({ coverage }) => (coverage === undefined ? -Infinity : coverageOf(coverage).from));
  const from = Math.max(...made);
  if (t < from) throw new AsOfTooEarly((asks[made.indexOf(from)] as LookUp).body, from, t);
  await Promise.all(
    found.map(({ coverage }, i) =>
      coverage === undefined
        ? undefined
        : heads?.reach((asks[i] as LookUp).body, coverageOf(coverage).dataset),
    ),
  );
  return asks.map(({ body, entities }, i) => {
    const { coverage: value, states } = found[i] as (typeof found)[number];
    if (value === undefined) return undefined;
    const coverage = coverageOf(value);
    let next = 0;
    let position: HeadPosition | undefined;
    let headRows = 0;
    const values = entities.map((entity) => {
      if (entity === undefined) return readState(body, undefined, [], coverage.from, t);
      const head = heads?.of(body, coverage.dataset, entity, t);
      position = head?.position ?? position;
      headRows += head?.count ?? 0;
      return readState(body, states[next++], head?.rows ?? [], coverage.from, t, head?.tiles);
    });
    return { coverage, values, headRows, reached, ...(position === undefined ? {} : { position }) };
  });
}
