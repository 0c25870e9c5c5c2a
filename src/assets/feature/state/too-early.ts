import { formatInstant, type Instant, MillraceError, SECOND } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';

/** So far the clocks of those who share a store may be apart, in microseconds: a state that is made by one is used by another before its time. */
const CLOCKS_APART = 5 * SECOND;

/** Now by this clock; where a state was made a little later, by the clock of another, then. */
export const nowBeside = (now: Instant, from: Instant): Instant =>
  from > now && from - now <= CLOCKS_APART ? from : now;

/** A state was asked for an instant before it was made: MILL_FEATURE_AS_OF_TOO_EARLY. */
export class AsOfTooEarly extends MillraceError {
  /** When it was made: it answers from then on. */
  readonly from: Instant;

  constructor({ entity, from: dataset }: FeaturesBody, from: Instant, t: Instant) {
    super({
      code: 'MILL_FEATURE_AS_OF_TOO_EARLY',
      message: `The features of ${entity.name} over ${dataset} were asked for as of ${formatInstant(t)}, but their state was made at ${formatInstant(from)}, ${((from - t) / SECOND).toLocaleString('en')} s later, and answers only from then on.`,
      todo: 'Where it was asked as of now, set the clocks of the machines that share the store alike; the past is computed from the tables, by a training set.',
      owner: 'service',
      retry: true,
    });
    this.from = from;
  }
}
