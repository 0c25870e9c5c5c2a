import { formatInstant, type Instant, MillraceError } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';

/** Whether the newest row that features know is older than they were declared to be at most. */
export function isStale({ fresh }: FeaturesBody, newest: Instant | null, t: Instant): boolean {
  return fresh !== undefined && (newest === null || t - newest > fresh);
}

export function tooStale(name: string, newest: Instant | null, t: Instant): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURES_STALE',
    message:
      newest === null
        ? `${name} knows no row up to now, and an answer was wanted only from fresh ones.`
        : `The newest row that ${name} knows is of ${formatInstant(newest)}, ${Math.round((t - newest) / 1e6).toLocaleString('en')} s ago: older than was declared.`,
    todo: 'See what keeps new rows away, or ask without wanting them fresh.',
    owner: 'service',
    asset: name,
    retry: true,
  });
}
