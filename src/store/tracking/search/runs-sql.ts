import type { DatabaseValue } from '../../database.ts';
import type { RunSearch, View } from '../tracking.port.ts';
import { invalid } from '../tracking-problem.ts';
import { allOf, LISTS, NULLS, numberOf, type Sql, sqlCompare, TEXT, toldValue, wantText } from './compare.ts';
import { columnOf, type Entity, entityOf } from './entities.ts';
import { type Comparison, parseFilter } from './filter.ts';
import { type Order, parseOrder } from './order.ts';

const entities: readonly Entity[] = ['metric', 'parameter', 'tag', 'attribute', 'dataset'];

const texts = {
  run_id: 'r.id',
  run_name: 'r.name',
  'run name': 'r.name',
  'Run name': 'r.name',
  'Run Name': 'r.name',
  user_id: 'r.user',
  status: 'r.status',
  artifact_uri: 'r.location',
};
const numbers = {
  start_time: 'r.start_time',
  end_time: 'r.end_time',
  created: 'r.start_time',
  Created: 'r.start_time',
};
const attributes = { ...texts, ...numbers };
const orderable = { ...attributes, experiment_id: 'r.experiment', lifecycle_stage: 'r.lifecycle' };

/** The query of a search of runs, without its limit. Nulls come last whichever way the order goes, NaN just before them. */
export function runsSql({ experiments, filter = '', orderBy = [], view = 'active' }: RunSearch): Sql {
  const numbers = experiments.flatMap((id) => (/^\d{1,15}$/.test(id) ? [Number(id)] : []));
  // Of one experiment the runs lie in the index in the order in which they are wanted.
  const [only] = numbers;
  const within: Sql =
    numbers.length === 1
      ? { sql: 'r.experiment = ?', params: [only as number] }
      : { sql: 'r.experiment in (select value from json_each(?))', params: [JSON.stringify(numbers)] };
  const where = allOf([within, ...inView('r.lifecycle', view), ...parseFilter(filter).map(condition)]);
  const { joins, terms, params } = ordering(parseOrder(orderBy));
  return {
    sql: `select r.* from mill_tracked_run r ${joins} where ${where.sql} order by ${terms}`,
    params: [...params, ...where.params],
  };
}

export function inView(column: string, view: View): Sql[] {
  return view === 'all' ? [] : [{ sql: `${column} = ?`, params: [view] }];
}

function condition(comparison: Comparison): Sql {
  const { key, operator } = comparison;
  const entity = entityOf(comparison, entities);
  switch (entity) {
    case 'attribute': {
      const column = columnOf(key, attributes);
      if (Object.hasOwn(numbers, key)) numberOf(comparison, 'numeric attribute');
      else {
        if (Array.isArray(comparison.value) && key !== 'run_id')
          throw invalid("Only ['run_id'] attributes support comparison with a list of quoted string values.");
        wantText(comparison, [...TEXT, ...LISTS], 'attributes');
      }
      return sqlCompare(column, comparison);
    }
    case 'metric': {
      numberOf(comparison, 'metric');
      const { sql, params } = sqlCompare(toldValue('m.value'), comparison);
      // Nothing is equal to NaN, and everything differs from it.
      const fits = operator === '!=' ? `(${sql} or m.nan = 1)` : `${sql} and m.nan = 0`;
      return {
        sql: `exists (select 1 from mill_latest m where m.run = r.row and m.key = ? and ${fits})`,
        params: [key, ...params],
      };
    }
    case 'parameter':
    case 'tag': {
      wantText(comparison, [...TEXT, ...NULLS], entity);
      const table = entity === 'tag' ? 'mill_run_tag' : 'mill_param';
      const has = `exists (select 1 from ${table} t where t.run = r.row and t.key = ?`;
      if (operator === 'IS NULL') return { sql: `not ${has})`, params: [key] };
      if (operator === 'IS NOT NULL') return { sql: `${has})`, params: [key] };
      const { sql, params } = sqlCompare('t.value', comparison);
      return { sql: `${has} and ${sql})`, params: [key, ...params] };
    }
    case 'dataset': {
      if (!['name', 'digest', 'context'].includes(key))
        throw invalid(
          `Invalid dataset key '${key.slice(0, 60)}' specified. Valid keys are 'name, digest, context'`,
        );
      wantText(comparison, [...TEXT, ...LISTS], 'dataset attributes');
      const { sql, params } = sqlCompare(key === 'context' ? "t.value ->> 'value'" : `d.${key}`, comparison);
      const tagged = "json_each(i.tags) t where i.run = r.row and t.value ->> 'key' = 'mlflow.data.context'";
      const joined = 'mill_dataset d where d.id = i.dataset and i.run = r.row';
      return {
        sql: `exists (select 1 from mill_dataset_input i, ${key === 'context' ? tagged : joined} and ${sql})`,
        params,
      };
    }
  }
}

interface Ordering {
  readonly joins: string;
  readonly terms: string;
  readonly params: readonly DatabaseValue[];
}

function ordering(orders: readonly Order[]): Ordering {
  const joins: string[] = [];
  const terms: string[] = [];
  const params: DatabaseValue[] = [];
  let started = false;
  for (const [i, order] of orders.entries()) {
    const direction = order.ascending ? 'asc' : 'desc';
    const entity = entityOf(order, entities);
    if (entity === 'attribute') {
      const column = columnOf(order.key, orderable);
      started ||= column === 'r.start_time';
      terms.push(`${column} ${direction} nulls last`);
      continue;
    }
    if (entity === 'dataset') throw invalid(`Invalid identifier type '${entity}'`);
    const table = { metric: 'mill_latest', parameter: 'mill_param', tag: 'mill_run_tag' }[entity];
    joins.push(`left join ${table} o${i} on o${i}.run = r.row and o${i}.key = ?`);
    params.push(order.key);
    if (entity === 'metric')
      terms.push(`case when o${i}.nan = 1 then 1 when o${i}.nan is null then 2 else 0 end`);
    const value = entity === 'metric' ? toldValue(`o${i}.value`) : `o${i}.value`;
    terms.push(`${value} ${direction} nulls last`);
  }
  if (!started) terms.push('r.start_time desc');
  return { joins: joins.join(' '), terms: [...terms, 'r.id'].join(', '), params };
}
