import type { Instant, Json } from '../../../base/index.ts';
import type { Audited } from '../../../store/state/index.ts';
import type { Audit } from './audit.ts';
import type { Explanation } from './cause.ts';
import { plain } from './replay.ts';

/** Rows that are remembered of each difference. */
const MOST_ROWS = 20;

/** What is remembered of an audit: of what is equal that it is, of a difference the values, the words and some rows. */
export function audited({ features, ...rest }: Audit, at: Instant): Audited {
  return {
    ...rest,
    at,
    features: features.map((one) => {
      const { asset, feature, equal, equalNow, explanation, explanationNow, served, replayed, now } = one;
      const known = {
        ...{ asset, feature, equal, equalNow },
        cause: explanation?.cause ?? null,
        causeNow: explanationNow?.cause ?? null,
      };
      if (explanation === null && explanationNow === null) return known;
      const detail = {
        ...{ served, replayed, now },
        known: short(explanation),
        history: short(explanationNow),
      };
      return { ...known, detail: plain(detail) };
    }),
  };
}

const short = (explanation: Explanation | null): Json =>
  explanation &&
  plain({ why: explanation.why, rows: explanation.rows.slice(0, MOST_ROWS), of: explanation.rows.length });
