import { bug, quoteText } from '../../base/index.ts';
import type { ContractSpec } from '../contract/index.ts';

/** A piece of a query: SQL text, a dataset by name, or a value. */
export type QueryPart =
  | { readonly text: string }
  | { readonly dataset: string }
  | { readonly literal: string | number | boolean }
  | { readonly timestamp: string };

export type TableBody = { readonly contract: ContractSpec; readonly query: readonly QueryPart[] };

/** The query as SQL, with `relation` saying what each dataset stands for. */
export function renderQuery(parts: readonly QueryPart[], relation: (dataset: string) => string): string {
  return parts
    .map((part) => {
      if ('text' in part) return part.text;
      if ('dataset' in part) return relation(part.dataset);
      if ('timestamp' in part) return `(timestamptz ${quoteText(part.timestamp)} at time zone 'UTC')`;
      const { literal } = part;
      if (typeof literal === 'string') return quoteText(literal);
      if (typeof literal === 'number' && !Number.isFinite(literal))
        throw bug(`a query holds the number ${literal}`);
      return String(literal);
    })
    .join('');
}
