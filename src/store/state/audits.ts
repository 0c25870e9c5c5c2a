import type { Instant, Json } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** What was found of one feature of an answer that was computed again. */
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

/** A prediction or a look-up that was audited. */
export interface Audited {
  readonly answer: string;
  /** Who was asked: an endpoint, or features. */
  readonly asked: string;
  /** The asset of the model that answered; null of a look-up. */
  readonly model: string | null;
  readonly asOf: Instant;
  /** When it was audited last. */
  readonly at: Instant;
  readonly features: readonly AuditedFeature[];
}

/** What audits have found. The newest of whoever was asked are kept; an answer that is audited again has its newest findings alone. */
export interface Audits {
  put(audited: Audited): void;
  /** Newest answers first. */
  newest(of: { readonly asked: string } | { readonly model: string }, most: number): Audited[];
}

/** Audited answers that are kept of each endpoint, and of each features asset. */
const KEPT = 10_000;

export function openAudits(database: Database, kept = KEPT): Audits {
  return {
    put: ({ answer, asked, model, asOf, at, features }) =>
      // Nobody was promised a finding, and requests wait while the disk is written.
      database.transaction(
        () => {
          database.run(
            `insert into mill_audit (answer, asked, model, as_of, at, features) values (?, ?, ?, ?, ?, ?)
           on conflict (answer) do update set at = excluded.at, features = excluded.features`,
            [answer, asked, model, asOf, at, JSON.stringify(features)],
          );
          database.run(
            `delete from mill_audit where asked = ?1 and (as_of, answer) <
           (select as_of, answer from mill_audit where asked = ?1 order by as_of desc, answer desc limit 1 offset ?2)`,
            [asked, kept - 1],
          );
        },
        { flush: false },
      ),
    newest: (of, most) =>
      database
        .all<Omit<Audited, 'features' | 'asOf'> & { as_of: number; features: string }>(
          `select answer, asked, model, as_of, at, features from mill_audit
           where ${'model' in of ? 'model' : 'asked'} = ? order by as_of desc, answer desc limit ?`,
          ['model' in of ? of.model : of.asked, most],
        )
        .map(({ as_of, features, ...rest }) => ({
          ...rest,
          asOf: as_of,
          features: JSON.parse(features) as AuditedFeature[],
        })),
  };
}
