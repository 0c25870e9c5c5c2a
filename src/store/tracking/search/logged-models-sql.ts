import type { DatabaseValue } from '../../database.ts';
import type { LoggedModelSearch, ModelOrder } from '../tracking.port.ts';
import { invalid } from '../tracking-problem.ts';
import { allOf, LISTS, numberOf, type Sql, sqlCompare, TEXT, toldValue, wantText } from './compare.ts';
import { columnOf, type Entity, entityOf } from './entities.ts';
import { type Comparison, parseFilter } from './filter.ts';

const entities: readonly Entity[] = ['attribute', 'metric', 'parameter', 'tag'];
const numbers = {
  creation_timestamp: 'l.created_at',
  creation_timestamp_ms: 'l.created_at',
  creation_time: 'l.created_at',
  last_updated_timestamp: 'l.updated_at',
  last_updated_timestamp_ms: 'l.updated_at',
  last_updated_time: 'l.updated_at',
};
const texts = {
  name: 'l.name',
  model_id: 'l.id',
  model_type: 'l.type',
  status: 'l.status',
  source_run_id: 'l.run',
  experiment_id: 'cast(l.experiment as text)',
  artifact_location: 'l.location',
};
const columns = { ...texts, ...numbers };

/** The query of a search of logged models, without its limit. The newest come first. */
export function loggedModelsSql({
  experiments,
  filter = '',
  datasets = [],
  orderBy = [],
}: LoggedModelSearch): Sql {
  const comparisons = parseFilter(filter);
  const numbers = experiments.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  const on = onDatasets(datasets);
  const onThem: Sql[] =
    on.sql === 'true' || comparisons.some((comparison) => entityOf(comparison, entities) === 'metric')
      ? []
      : [
          {
            sql: `exists (select 1 from mill_logged_model_metric m where m.model = l.row and ${on.sql})`,
            params: on.params,
          },
        ];
  const where = allOf([
    { sql: 'l.experiment in (select value from json_each(?))', params: [JSON.stringify(numbers)] },
    { sql: "l.lifecycle = 'active'", params: [] },
    ...comparisons.map((comparison) => condition(comparison, on)),
    ...onThem,
  ]);
  const { terms, params } = ordering(orderBy);
  return {
    sql: `select l.* from mill_logged_model l where ${where.sql} order by ${terms}`,
    params: [...where.params, ...params],
  };
}

function onDatasets(datasets: NonNullable<LoggedModelSearch['datasets']>): Sql {
  if (datasets.length === 0) return { sql: 'true', params: [] };
  const each = datasets.map(({ name, digest }) => ({
    sql: `(m.dataset_name = ?${digest === undefined ? '' : ' and m.dataset_digest = ?'})`,
    params: [name, ...(digest === undefined ? [] : [digest])],
  }));
  return {
    sql: `(${each.map(({ sql }) => sql).join(' or ')})`,
    params: each.flatMap(({ params }) => params),
  };
}

function condition(comparison: Comparison, on: Sql): Sql {
  const { key } = comparison;
  const entity = entityOf(comparison, entities);
  if (entity === 'attribute') {
    const column = columnOf(key, columns);
    if (Object.hasOwn(numbers, key)) numberOf(comparison, 'numeric attribute');
    else wantText(comparison, [...TEXT, ...LISTS], 'attributes');
    return sqlCompare(column, comparison);
  }
  if (entity === 'metric') {
    numberOf(comparison, 'metric');
    const { sql, params } = sqlCompare(toldValue('m.value'), comparison);
    return {
      sql: `exists (select 1 from mill_logged_model_metric m
              where m.model = l.row and m.key = ? and m.nan = 0 and ${sql} and ${on.sql})`,
      params: [key, ...params, ...on.params],
    };
  }
  wantText(comparison, [...TEXT, ...LISTS], entity);
  const table = entity === 'tag' ? 'mill_logged_model_tag' : 'mill_logged_model_param';
  const { sql, params } = sqlCompare('t.value', comparison);
  return {
    sql: `exists (select 1 from ${table} t where t.model = l.row and t.key = ? and ${sql})`,
    params: [key, ...params],
  };
}

function ordering(orders: readonly ModelOrder[]): { terms: string; params: readonly DatabaseValue[] } {
  const terms: string[] = [];
  const params: DatabaseValue[] = [];
  const seen = new Set<string>();
  for (const { field, ascending, datasetName, datasetDigest } of orders.slice(0, 20)) {
    const direction = ascending ? 'asc' : 'desc';
    const dot = field.indexOf('.');
    if (dot < 0) {
      if (!Object.hasOwn(columns, field)) throw invalid(`Invalid order by field name: ${field.slice(0, 60)}`);
      const column = columnOf(field, columns);
      seen.add(column);
      terms.push(`${column} ${direction} nulls last`);
      continue;
    }
    if (field.slice(0, dot) !== 'metrics')
      throw invalid(`Invalid order by field name: ${field.slice(0, 60)}. Only metrics are supported.`);
    const on = [
      ...(datasetName === undefined ? [] : ['and m.dataset_name = ?']),
      ...(datasetDigest === undefined ? [] : ['and m.dataset_digest = ?']),
    ].join(' ');
    terms.push(
      `(select case when m.nan = 1 then null else ${toldValue('m.value')} end from mill_logged_model_metric m
         where m.model = l.row and m.key = ? ${on}
         order by m.timestamp desc, m.step desc, m.run limit 1) ${direction} nulls last`,
    );
    params.push(
      field.slice(dot + 1),
      ...(datasetName === undefined ? [] : [datasetName]),
      ...(datasetDigest === undefined ? [] : [datasetDigest]),
    );
  }
  if (!seen.has('l.created_at')) terms.push('l.created_at desc');
  if (!seen.has('l.id')) terms.push('l.id');
  return { terms: terms.join(', '), params };
}
