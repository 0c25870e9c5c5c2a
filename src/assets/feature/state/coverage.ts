import { fingerprint, type Instant, newId } from '../../../base/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import { type FeaturesBody, withoutWords } from '../spec.ts';

/** What the states of a space cover. It names them: no other states of the space have one that is equal. */
export interface Coverage {
  /** The version of the dataset whose rows they hold. */
  readonly dataset: string;
  /** They answer exactly for every instant from here on. */
  readonly from: Instant;
  /** Which filling they go back to: another one may be of the same dataset and instant, by a clock that stands still. */
  readonly filling: string;
}

/** What states that are filled anew cover. */
export const newCoverage = (dataset: string, from: Instant): Coverage => ({
  ...{ dataset, from },
  filling: newId(),
});

export const coverageValue = (coverage: Coverage): StateValue => ({ ...coverage });

export const coverageOf = (value: StateValue): Coverage => value as unknown as Coverage;

/** The space of a definition: what is declared decides what states hold. Words about features do not. */
export function spaceOf(asset: string, body: FeaturesBody): string {
  const { fresh: _, audit: __, ...kept } = body;
  return `${asset}-${fingerprint({ ...kept, features: kept.features.map(withoutWords) })}`;
}
