import { bug, type Instant, type Micros, quoteText } from '../../base/index.ts';
import type { PartitionPart } from '../../store/lake/index.ts';
import type { ContractSpec } from '../contract/index.ts';

/** A dataset of which a query sees the rows of the interval that is built, and of so much event time on either side of it. */
export type WithinPart = { readonly within: string; readonly before: Micros; readonly after: Micros };

/** A piece of a query: SQL text, a dataset by name, its rows within the interval, or a value. */
export type QueryPart =
  | { readonly text: string }
  | { readonly dataset: string }
  | WithinPart
  | { readonly literal: string | number | boolean }
  | { readonly timestamp: string };

/** How a table is built by intervals of its event time. */
export type IncrementalSpec = {
  /** The length of an interval; they begin at whole multiples of it since the epoch. */
  readonly every: Micros;
  /** No interval before it is built. */
  readonly from?: Instant;
  /** Intervals that end so long before the newest one are closed: late rows do not open them again. */
  readonly lookBack?: Micros;
  /** Datasets outside `within` are looked up as they are when an interval is built, and their changes build nothing again. */
  readonly keepLookups?: true;
};

/** How a table keeps the periods in which a row of its query was as it was. */
export type HistorySpec = {
  /** The columns by which a row is found again. */
  readonly key: readonly string[];
  /** The column that says since when a row is as it is. Without it: since a run saw it. */
  readonly changedAt?: string;
};

export type TableBody = {
  /** Of the table as others see it. */
  readonly contract: ContractSpec;
  readonly query: readonly QueryPart[];
  readonly incremental?: IncrementalSpec;
  readonly history?: HistorySpec;
  /** How its rows are laid into files. */
  readonly partitionBy?: readonly PartitionPart[];
};

/** The columns that a table with history has beside those of its query. */
export const VALID_FROM = 'valid_from';
export const VALID_TO = 'valid_to';

/** A dataset as one query uses it, and the name by which the query's text knows that use. */
export interface DatasetUse {
  readonly name: string;
  readonly dataset: string;
  readonly within?: WithinPart;
}

/**
 * The uses of datasets in a query. A dataset goes by its own name; where a query sees it in several ways, all but the first (rather, but the
 * whole, if that is among them) have a name with what they reach, and want an alias.
 */
export function usesOf(parts: readonly QueryPart[]): DatasetUse[] {
  const uses = new Map<string, DatasetUse>();
  for (const part of parts)
    if ('dataset' in part) uses.set(keyOf(part), { name: part.dataset, dataset: part.dataset });
  const taken = new Set([...uses.values()].map(({ name }) => name));
  for (const part of parts) {
    if (!('within' in part) || uses.has(keyOf(part))) continue;
    const { within, before, after } = part;
    const name = taken.has(within) ? `${within}__within_${before}_${after}` : within;
    taken.add(name);
    uses.set(keyOf(part), { name, dataset: within, within: part });
  }
  return [...uses.values()];
}

function keyOf(part: { readonly dataset: string } | WithinPart): string {
  return 'dataset' in part ? part.dataset : `${part.within} ${part.before} ${part.after}`;
}

/** The query as SQL, with `relation` saying what each use of a dataset stands for, by its name. */
export function renderQuery(parts: readonly QueryPart[], relation: (name: string) => string): string {
  const names = new Map(
    usesOf(parts).map(({ name, dataset, within }) => [keyOf(within ?? { dataset }), name]),
  );
  return parts
    .map((part) => {
      if ('text' in part) return part.text;
      if ('dataset' in part || 'within' in part) return relation(names.get(keyOf(part)) as string);
      if ('timestamp' in part) return `(timestamptz ${quoteText(part.timestamp)} at time zone 'UTC')`;
      const { literal } = part;
      if (typeof literal === 'string') return quoteText(literal);
      if (typeof literal === 'number' && !Number.isFinite(literal))
        throw bug(`a query holds the number ${literal}`);
      return String(literal);
    })
    .join('');
}
