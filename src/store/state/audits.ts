import type { Instant, Json } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** What was found of one feature of a prediction that was computed again. */
export interface AuditedFeature {
  readonly asset: string;
  readonly feature: string;
  /** Whether it was served as what was known then gives; null where there is nothing to compare with. */
  readonly equal: boolean | null;
  /** The same beside what is known now. */
  readonly equalNow: boolean | null;
  readonly cause: string | null;
  readonly causeNow: string | null;
  /** What else is to be told of a difference. */
  readonly detail?: Json;
}

/** A prediction that was audited. */
export interface Audited {
  readonly prediction: string;
  readonly endpoint: string;
  /** The asset of the model that answered. */
  readonly model: string;
  readonly asOf: Instant;
  /** When it was audited last. */
  readonly at: Instant;
  readonly features: readonly AuditedFeature[];
}

/** What audits have found. An endpoint's newest are kept; a prediction that is audited again has its newest findings alone. */
export interface Audits {
  put(audited: Audited): void;
  /** Newest predictions first. */
  newest(of: { readonly endpoint: string } | { readonly model: string }, most: number): Audited[];
}

/** Audited predictions that are kept of each endpoint. */
const KEPT = 10_000;

export function openAudits(database: Database, kept = KEPT): Audits {
  return {
    put: ({ prediction, endpoint, model, asOf, at, features }) =>
      database.transaction(() => {
        database.run(
          `insert into mill_audit (prediction, endpoint, model, as_of, at, features) values (?, ?, ?, ?, ?, ?)
           on conflict (prediction) do update set at = excluded.at, features = excluded.features`,
          [prediction, endpoint, model, asOf, at, JSON.stringify(features)],
        );
        database.run(
          `delete from mill_audit where endpoint = ?1 and (as_of, prediction) <
           (select as_of, prediction from mill_audit where endpoint = ?1 order by as_of desc, prediction desc limit 1 offset ?2)`,
          [endpoint, kept - 1],
        );
      }),
    newest: (of, most) =>
      database
        .all<Omit<Audited, 'features' | 'asOf'> & { as_of: number; features: string }>(
          `select prediction, endpoint, model, as_of, at, features from mill_audit
           where ${'model' in of ? 'model' : 'endpoint'} = ? order by as_of desc, prediction desc limit ?`,
          ['model' in of ? of.model : of.endpoint, most],
        )
        .map(({ as_of, features, ...rest }) => ({
          ...rest,
          asOf: as_of,
          features: JSON.parse(features) as AuditedFeature[],
        })),
  };
}
