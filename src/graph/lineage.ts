import { fingerprint, type Json } from '../base/index.ts';
import type { Outline } from '../store/state/index.ts';

/** A column of an input; null for the whole of it. */
export interface ColumnRef {
  readonly input: string;
  readonly column: string | null;
  /** How it decides which rows there are, or beside what values are made: `join`, `filter`, `group_by`, `sort`, `window`; where that is known. */
  readonly as?: readonly string[];
}

/** What a column is made of. */
export interface ColumnLineage {
  /** The part of the declaration that can change it. */
  readonly by: Json;
  /** What its values are made of. */
  readonly direct: readonly ColumnRef[];
  /** What else decides them: the order of a window, the filter of an aggregate. */
  readonly indirect: readonly ColumnRef[];
  /** How they make it, where that is known: it is the one column's value as it is, an aggregate of them, or computed row by row. */
  readonly how?: 'identity' | 'aggregation' | 'transformation';
}

/**
 * How a node's columns come from those of its inputs. It may say more than the truth and must never say less: what is not named here
 * is taken to change nothing.
 */
export interface Lineage {
  /** What decides which rows there are, and in what order. That the rows of an input take part goes without saying. */
  readonly rows: { readonly by: Json; readonly from: readonly ColumnRef[] };
  readonly columns: Readonly<Record<string, ColumnLineage>>;
  /** What else a build reads, and others do not see: of rows that are set aside. */
  readonly aside?: readonly ColumnRef[];
}

/** The columns of each input that take part; null for all. */
export function readsOf(
  inputs: readonly string[],
  lineage: Lineage | undefined,
): Record<string, readonly string[] | null> {
  if (lineage === undefined) return Object.fromEntries(inputs.map((input) => [input, null]));
  const found = new Map<string, Set<string> | null>(inputs.map((input) => [input, new Set()]));
  const take = ({ input, column }: ColumnRef): void => {
    const columns = found.get(input);
    if (column === null || columns === undefined) found.set(input, null);
    else columns?.add(column);
  };
  lineage.rows.from.forEach(take);
  lineage.aside?.forEach(take);
  for (const { direct, indirect } of Object.values(lineage.columns)) [...direct, ...indirect].forEach(take);
  return Object.fromEntries([...found].map(([input, columns]) => [input, columns && [...columns].sort()]));
}

/** What is known of an input: the fingerprint of the whole, and where it has them, prints of its columns. */
export interface Seen {
  readonly whole: string | null;
  readonly prints: Outline['prints'] | undefined;
}

/** A print of the part of an input that these columns are. */
export function partOf({ whole, prints }: Seen, columns: readonly string[] | null): string {
  if (columns === null || prints === undefined) return whole ?? 'never built';
  return fingerprint([prints.rows, columns.map((column) => [column, prints.columns[column] ?? null])]);
}

/**
 * The prints of a node's columns, from those of its inputs. `base` stands for everything that has a part in all of them: kind, revision,
 * what has arrived.
 */
export function printsOf(
  lineage: Lineage,
  base: Json,
  inputs: readonly string[],
  seen: (input: string) => Seen,
): NonNullable<Outline['prints']> {
  const of = ({ input, column }: ColumnRef): Json => [
    input,
    column,
    partOf(seen(input), column === null ? null : [column]),
  ];
  const rows = fingerprint([
    base,
    lineage.rows.by,
    inputs.map((input) => [input, partOf(seen(input), [])]),
    lineage.rows.from.map(of),
  ]);
  const columns = Object.entries(lineage.columns).map(([name, { by, direct, indirect }]) => [
    name,
    fingerprint([rows, by, direct.map(of), indirect.map(of)]),
  ]);
  return { rows, columns: Object.fromEntries(columns) };
}
