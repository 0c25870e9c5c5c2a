import { invalid } from '../tracking-problem.ts';
import type { FieldName } from './filter.ts';
import { tokensOf } from './filter-tokens.ts';

export interface Order extends FieldName {
  readonly ascending: boolean;
}

/** Most fields that one search is ordered by: each may be a join. */
const MOST = 20;

/** MLflow's order: a name, then ASC, DESC or nothing. @throws MILL_TRACKING_INVALID */
export function parseOrder(clauses: readonly string[]): Order[] {
  if (clauses.length > MOST) throw invalid(`A search is ordered by at most ${MOST} fields.`);
  const orders = clauses.map(parsed);
  const seen = new Set(orders.map(({ entity, key }) => JSON.stringify([entity, key])));
  if (seen.size < orders.length)
    throw invalid(`\`order_by\` contains duplicate fields: ${JSON.stringify(clauses)}`);
  return orders;
}

function parsed(clause: string): Order {
  const wrong = () => invalid(`Invalid order_by clause '${clause.slice(0, 200)}'. Could not be parsed.`);
  const [name, direction, ...rest] = tokensOf(clause);
  if (name === undefined || rest.length > 0) throw wrong();
  let ascending = true;
  if (direction !== undefined) {
    if (direction.kind !== 'name') throw wrong();
    const word = direction.text.toLowerCase();
    if (word !== 'asc' && word !== 'desc')
      throw invalid(`Invalid ordering key in order_by clause '${clause.slice(0, 200)}'.`);
    ascending = word === 'asc';
  }
  if (name.kind === 'string' && name.double) return { entity: undefined, key: name.value, ascending };
  if (name.kind !== 'name') throw wrong();
  const [first = '', key] = name.parts;
  return key === undefined ? { entity: undefined, key: first, ascending } : { entity: first, key, ascending };
}
