import type { ColumnDef, Instant, Json } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import type { InputPlan } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';
import type { Sampled } from './negatives.ts';
import type { ColumnProfile } from './profile.ts';
import type { Part } from './split.ts';

/** A version that rows were taken from. */
export type PinnedVersion = {
  readonly version: string;
  /** Of the lake. */
  readonly snapshot: number;
  /** Of declaration and inputs: equal fingerprint, equal content. */
  readonly fingerprint: string;
};

/** Everything the rows of a training set follow from, and what they came to: enough to build them again and to know that they are the same. */
export type Manifest = {
  /** The version of this form. */
  readonly millrace: 1;
  readonly trainingSet: string;
  /** Labels that were known at this instant (microseconds) are in it. */
  readonly asOf: Instant;
  readonly definition: TrainingSetBody;
  /** How labels become rows: features as they were declared, request features with a print of their function's text. */
  readonly plan: InputPlan;
  readonly labels: PinnedVersion;
  /** By asset; of features also the dataset that they look at. */
  readonly inputs: Readonly<Record<string, PinnedVersion & { readonly from?: PinnedVersion }>>;
  readonly sampled: Sampled | null;
  /** Where the parts begin, or which key decides the part. */
  readonly borders: Json;
  readonly columns: readonly { readonly name: string; readonly type: ColumnDef['type'] }[];
  readonly rows: number;
  /** Of the rows, in any order. */
  readonly digest: string;
};

/** A part of a training set. */
export type PartCount = {
  readonly rows: number;
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** Mean of the target, each row by its weight. */
  readonly meanTarget: number | null;
};

/** What a version of a training set remembers. */
export interface TrainingSetVersion {
  readonly asOf: Instant;
  readonly unknownYet: number;
  /** Rows left out because the next part begins less than the split's `gap` after them; absent without a gap. */
  readonly inGap?: number;
  /** Rows that were left out as they have no label, where there are any. */
  readonly unanswered?: number;
  /** By lookup and feature, where there are any: rows that became known only after they had left its window. */
  readonly late?: Readonly<Record<string, number>>;
  readonly profile: { readonly columns: readonly ColumnProfile[] };
  readonly onFailed?: { readonly rows: number; readonly checks: readonly string[] };
  readonly parts: Readonly<Record<Part, PartCount>>;
  readonly manifest: Manifest;
}

/** What a version of a training set remembers, from its record. */
export function trainingSetVersionOf(version: Version): TrainingSetVersion {
  return version.detail as unknown as TrainingSetVersion;
}

/** What is known of the versions that a training set was built from. */
export function pinned(
  { state }: Workspace,
  { labels }: TrainingSetBody,
  plan: InputPlan,
  input: (name: string) => Version,
): Pick<Manifest, 'labels' | 'inputs'> {
  const pin = ({ id, snapshot, fingerprint }: Version): PinnedVersion => ({
    version: id,
    snapshot,
    fingerprint,
  });
  const lookups = plan.lookups.map(({ of, body }) => {
    const built = input(of);
    const from = state.version(built.inputs[body.from] as string);
    return [of, { ...pin(built), ...(from === undefined ? {} : { from: pin(from) }) }] as const;
  });
  const requests = plan.requests.map(({ name }) => [name, pin(input(name))] as const);
  return { labels: pin(input(labels.from)), inputs: Object.fromEntries([...lookups, ...requests]) };
}
