import type { Instant } from '../../base/index.ts';
import type { OnlineStore, StateValue } from '../../store/online/index.ts';
import type { FeatureValue } from './aggregate/index.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import type { FeaturesBody } from './spec.ts';
import { readState } from './state-read.ts';
import type { SeenRow } from './tiles.ts';

/** How far a stream had been read: the next record of each of its parts. */
export type HeadPosition = Readonly<Record<string, number>>;

/** Rows that are acknowledged and that a version of their dataset has not. */
export interface Head {
  readonly rows: readonly SeenRow[];
  /** Up to where; together with the dataset's version it says which rows were seen. */
  readonly position: HeadPosition;
}

/** The heads of a project's streams. */
export interface Heads {
  /** Learns of what has been acknowledged since the last look, whoever took it. */
  catchUp(): Promise<void>;
  /** The head of a dataset for one entity; undefined for a dataset that nothing is posted to. */
  of(body: FeaturesBody, dataset: string, entity: string): Promise<Head | undefined>;
}

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
  readonly position?: HeadPosition;
}

/**
 * The features of several entities in several spaces at `t`, in one round trip: the states as they stand and the rows that came since. Undefined
 * for a space that was never filled.
 * @throws MILL_FEATURE_AS_OF_TOO_EARLY, MILL_ONLINE_UNREACHABLE
 */
export async function lookUp(
  online: OnlineStore,
  heads: Heads | undefined,
  asks: readonly LookUp[],
  t: Instant,
): Promise<readonly (LookedUp | undefined)[]> {
  await heads?.catchUp();
  const found = await online.get(
    asks.map(({ space, entities }) => ({ space, entities: entities.filter((one) => one !== undefined) })),
  );
  const answers: (LookedUp | undefined)[] = [];
  for (const [i, { body, entities }] of asks.entries()) {
    const { standing: value, states } = found[i] as (typeof found)[number];
    answers.push(value === undefined ? undefined : await answer(body, entities, coverageOf(value), states));
  }
  return answers;

  async function answer(
    body: FeaturesBody,
    entities: LookUp['entities'],
    coverage: Coverage,
    states: readonly (StateValue | undefined)[],
  ): Promise<LookedUp> {
    let next = 0;
    let position: HeadPosition | undefined;
    const values: Readonly<Record<string, FeatureValue>>[] = [];
    for (const entity of entities) {
      const state = entity === undefined ? undefined : states[next++];
      const head = entity === undefined ? undefined : await heads?.of(body, coverage.dataset, entity);
      position ??= head?.position;
      values.push(readState(body, state, head?.rows ?? [], coverage.from, t));
    }
    return { coverage, values, ...(position === undefined ? {} : { position }) };
  }
}
