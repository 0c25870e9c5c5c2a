import { formatDuration, quoteName } from '../../base/index.ts';
import type { AggregateName, FeatureSpec } from './spec.ts';

/** One named query of a statement. `why` is printed above it. */
export interface Cte {
  readonly name: string;
  readonly why: string;
  readonly sql: string;
}

/** What computes some of the features: queries, and an expression for each feature over some of them. */
export interface Part {
  readonly ctes: readonly Cte[];
  /** Queries that expressions refer to. Each has a column `ask`, and at most one row for an ask. */
  readonly relations: readonly string[];
  readonly columns: ReadonlyMap<string, string>;
}

/** A window of some features, with a name for it in SQL: `7d/1h`. */
export interface WindowUse {
  readonly window: number;
  readonly hop: number;
  readonly label: string;
}

export const labelOf = ({ window, hop }: Pick<FeatureSpec, 'window' | 'hop'>): string =>
  `${formatDuration(window)}/${formatDuration(hop)}`;

/** The different windows of the features. */
export function windowsOf(features: readonly FeatureSpec[]): WindowUse[] {
  const found = new Map(features.map((f) => [labelOf(f), f]));
  return [...found].map(([label, { window, hop }]) => ({ window, hop, label }));
}

export const featuresWith = (
  features: readonly FeatureSpec[],
  ...aggregates: readonly AggregateName[]
): FeatureSpec[] => features.filter(({ aggregate }) => aggregates.includes(aggregate));

/** `select a as x, b as y` for a branch of a union: columns in the order of `names`, null where the branch has none. */
export function branch(
  names: readonly string[],
  values: Readonly<Record<string, string>>,
  from: string,
): string {
  const columns = names.map((name) => {
    const value = values[name] ?? 'null';
    return value === name ? name : `${value} as ${name}`;
  });
  return `select ${columns.join(', ')}\nfrom ${from}`;
}

export const union = (branches: readonly string[]): string => branches.join('\nunion all\n');

export const named = (...parts: readonly string[]): string => quoteName(parts.join('.'));

export function cteSql({ name, why, sql }: Cte): string {
  // A name of the user's could end the comment's line.
  const comment = why.replaceAll(/\s+/g, ' ');
  // Not indented: that would change a quoted name with a line break in it.
  return `${name} as materialized (\n-- ${comment}\n${sql}\n)`;
}
