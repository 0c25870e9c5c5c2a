import type { Audit, FeatureAudit } from './audit.ts';
import type { Cause, Explanation } from './cause.ts';

/** How often a feature was served as it should have been. */
export interface Skew {
  /** Values that could be compared. */
  readonly compared: number;
  readonly equal: number;
  /** Differences, and what could not be compared, by cause. */
  readonly causes: Readonly<Partial<Record<Cause, number>>>;
}

export interface FeatureReport {
  readonly asset: string;
  readonly feature: string;
  /** Beside what was known when it was asked. */
  readonly knownThen: Skew;
  /** Beside what a training set made now would see. */
  readonly knownNow: Skew;
}

/** One difference, with what there is to be done about it. */
export interface Mismatch extends Pick<FeatureAudit, 'asset' | 'feature' | 'served' | 'replayed' | 'now'> {
  readonly answer: string;
  readonly asOf: number;
  /** Beside which it differs: what was known then, or what is known now alone. */
  readonly beside: 'then' | 'now';
  readonly explanation: Explanation;
}

export interface AuditReport {
  /** Predictions or look-ups. */
  readonly answers: number;
  readonly features: readonly FeatureReport[];
  /** The worst first: bugs, then what differs from what was known then, then what differs from history of now. */
  readonly mismatches: readonly Mismatch[];
}

/** Brings audits together by feature. */
export function reportOf(audits: readonly Audit[]): AuditReport {
  const all = audits.flatMap(({ features }) => features);
  const byName = Map.groupBy(all, ({ asset, feature }) => `${asset}.${feature}`);
  const features = [...byName.values()].map((own): FeatureReport => {
    const { asset, feature } = own[0] as FeatureAudit;
    return {
      asset,
      feature,
      knownThen: skewOf(own, 'equal', 'explanation'),
      knownNow: skewOf(own, 'equalNow', 'explanationNow'),
    };
  });
  const mismatches = audits
    .flatMap(({ answer, asOf, features: own }) =>
      own.flatMap(({ asset, feature, served, replayed, now, explanation, explanationNow }): Mismatch[] => {
        const found = explanation ?? explanationNow;
        if (found === null) return [];
        const beside = explanation === null ? 'now' : 'then';
        return [{ ...{ answer, asOf, asset, feature, served, replayed, now, beside }, explanation: found }];
      }),
    )
    .sort((a, b) => badness(a) - badness(b) || b.asOf - a.asOf);
  return { answers: audits.length, features, mismatches };
}

function skewOf(
  own: readonly FeatureAudit[],
  equal: 'equal' | 'equalNow',
  explanation: 'explanation' | 'explanationNow',
): Skew {
  const causes: Partial<Record<Cause, number>> = {};
  for (const one of own) {
    const { cause } = one[explanation] ?? {};
    if (cause !== undefined) causes[cause] = (causes[cause] ?? 0) + 1;
  }
  const compared = own.filter((one) => one[equal] !== null);
  return { compared: compared.length, equal: compared.filter((one) => one[equal]).length, causes };
}

function badness({ beside, explanation: { cause } }: Mismatch): number {
  if (cause === 'bug') return 0;
  if (cause === 'code version' || cause === 'log trimmed') return 3;
  return beside === 'then' ? 1 : 2;
}
