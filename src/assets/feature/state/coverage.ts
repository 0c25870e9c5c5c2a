import { fingerprint, type Instant } from '../../../base/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import { type FeaturesBody, withoutWords } from '../spec.ts';

/** What the states of a space cover. */
export interface Coverage {
  /** The version of the dataset whose rows they hold. */
  readonly dataset: string;
  /** They answer exactly for every instant from here on. */
  readonly from: Instant;
}

export const coverageValue = ({ dataset, from }: Coverage): StateValue => ({ dataset, from });

export const coverageOf = (value: StateValue): Coverage => value as unknown as Coverage;

/** The space of a definition: what is declared decides what states hold. Words about features do not. */
export function spaceOf(asset: string, body: FeaturesBody): string {
  const { fresh: _, ...kept } = body;
  return `${asset}-${fingerprint({ ...kept, features: kept.features.map(withoutWords) })}`;
}
