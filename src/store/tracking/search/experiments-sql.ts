import type { PageAsk, View } from '../tracking.port.ts';
import { invalid } from '../tracking-problem.ts';
import { allOf, LISTS, NULLS, numberOf, type Sql, sqlCompare, TEXT, wantText } from './compare.ts';
import { columnOf, type Entity, entityOf } from './entities.ts';
import { type Comparison, parseFilter } from './filter.ts';
import { parseOrder } from './order.ts';
import { inView } from './runs-sql.ts';

const entities: readonly Entity[] = ['attribute', 'tag'];
const columns = {
  name: 'e.name',
  experiment_id: 'e.id',
  creation_time: 'e.created_at',
  last_update_time: 'e.updated_at',
};

/** The query of a search of experiments, without its limit. The newest come first. */
export function experimentsSql({
  filter = '',
  orderBy = [],
  view = 'active',
}: PageAsk & { readonly view?: View }): Sql {
  const where = allOf([...inView('e.lifecycle', view), ...parseFilter(filter).map(condition)]);
  const orders = parseOrder(orderBy).map((order) => {
    if (entityOf(order, entities) === 'tag') throw invalid('Invalid order_by entity: tag');
    return { column: columnOf(order.key, columns), direction: order.ascending ? 'asc' : 'desc' };
  });
  const terms = orders.map(({ column, direction }) => `${column} ${direction}`);
  if (terms.length === 0) terms.push('e.created_at desc', 'e.id');
  else if (!orders.some(({ column }) => column === 'e.id')) terms.push('e.id desc');
  return {
    sql: `select e.* from mill_experiment e where ${where.sql} order by ${terms.join(', ')}`,
    params: where.params,
  };
}

function condition(comparison: Comparison): Sql {
  const { key, operator, value } = comparison;
  if (entityOf(comparison, entities) === 'tag') {
    wantText(comparison, [...TEXT, ...NULLS], 'tag');
    const has = 'exists (select 1 from mill_experiment_tag t where t.experiment = e.id and t.key = ?';
    if (operator === 'IS NULL') return { sql: `not ${has})`, params: [key] };
    if (operator === 'IS NOT NULL') return { sql: `${has})`, params: [key] };
    const { sql, params } = sqlCompare('t.value', comparison);
    return { sql: `${has} and ${sql})`, params: [key, ...params] };
  }
  const column = columnOf(key, columns);
  if (key === 'experiment_id') {
    wantText(comparison, ['=', '!=', ...LISTS], 'attributes');
    for (const id of [value].flat() as string[])
      if (!/^\d{1,15}$/.test(id)) throw invalid(`Invalid experiment ID: ${id.slice(0, 60)}`);
    return sqlCompare('cast(e.id as text)', comparison);
  }
  if (key === 'name') wantText(comparison, TEXT, 'attributes');
  else if (!Number.isInteger(numberOf(comparison, 'numeric attribute')))
    throw invalid(`Invalid value for numeric attribute '${key}': ${value}`);
  return sqlCompare(column, comparison);
}
