import { formatInstant } from '../../base/index.ts';
import { declaredAt } from '../../graph/index.ts';
import {
  type Columns,
  type Contract,
  contractSpec,
  type Dataset,
  referencedDatasets,
} from '../contract/index.ts';
import type { QueryPart, TableBody } from './spec.ts';

/** A query with datasets in it, made by the tag `sql`. */
export interface Sql {
  readonly parts: readonly QueryPart[];
}

type Reference = Dataset<string, Columns>;

/**
 * SQL over other datasets. A dataset in `${}` stands for its rows; text, numbers, booleans and dates become literals.
 * @example
 * sql`select card_id, sum(amount) as spent from ${payments} where amount > ${10} group by card_id`
 */
export function sql(
  texts: TemplateStringsArray,
  // biome-ignore lint/suspicious/noExplicitAny: a dataset of whatever columns
  ...values: (Dataset<string, any> | string | number | boolean | Date)[]
): Sql {
  const parts: QueryPart[] = [];
  texts.forEach((text, i) => {
    parts.push({ text });
    const value = values[i];
    if (value === undefined) return;
    if (value instanceof Date) parts.push({ timestamp: formatInstant(value.getTime() * 1000) });
    else if (typeof value === 'object') parts.push({ dataset: (value as Reference).name });
    else parts.push({ literal: value });
  });
  return Object.freeze({ parts: Object.freeze(parts) });
}

/**
 * A dataset made by SQL from others, under a contract of its own.
 * @example
 * const spending = table('spending', {
 *   columns: { card_id: col.string(), spent: col.double() },
 *   key: 'card_id',
 *   query: sql`select card_id, sum(amount) as spent from ${payments} group by card_id`,
 * });
 */
export function table<const Name extends string, C extends Columns>(
  name: Name,
  options: Contract<C> & { query: Sql },
): Dataset<Name, C> {
  const body: TableBody = { contract: contractSpec(options), query: options.query.parts };
  const inputs = new Set([
    ...body.query.flatMap((part) => ('dataset' in part ? [part.dataset] : [])),
    ...referencedDatasets(body.contract),
  ]);
  const { owner, description } = options;
  return Object.freeze({
    kind: 'table',
    name,
    columns: options.columns,
    '~': {
      nodes: [
        {
          kind: 'table',
          name,
          inputs: [...inputs],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  });
}
