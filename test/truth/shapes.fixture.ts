// Everything the fraud example has not: JSON lines, a whole-number key, late and never available rows, features over a table,
// instants and truths as features, a number to predict, a linear model, an endpoint without an entity.
import {
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  logistic,
  metric,
  model,
  project,
  requestFeatures,
  source,
  sql,
  table,
} from 'millrace';

const readings = source('readings', {
  from: files('data/*.jsonl'),
  columns: {
    machine: col.integer(),
    temp: col.double().nullable(),
    ok: col.boolean(),
    t: col.timestamp(),
    seen_at: col.timestamp().nullable(),
  },
  eventTime: 't',
  availableAt: 'seen_at',
});
const hourly = table('hourly', {
  columns: { machine: col.integer(), hour: col.timestamp(), temp: col.double().nullable(), n: col.integer() },
  key: ['machine', 'hour'],
  eventTime: 'hour',
  availableAfter: '1h',
  query: sql`select machine, date_trunc('hour', t) as hour, avg(temp) as temp, count(*) as n from ${readings} group by all`,
});
const machine = entity('machine', { key: 'machine' });
const heat = features('heat', {
  entity: machine,
  from: hourly,
  compute: ({ mean, max, last, count }) => ({
    mean_6h: mean('temp').over('6h'),
    max_24h: max('temp').over('24h'),
    last_temp: last('temp').over('24h'),
    hours: count().over('24h'),
    last_hour: last('hour').over('24h'),
  }),
});
const raw = features('raw', {
  entity: machine,
  from: readings,
  compute: ({ last, min, distinct, sum }) => ({
    last_ok: last('ok').over('2h'),
    min_3h: min('temp').over('3h'),
    kinds: distinct('ok').over('1h'),
    total: sum('temp').over('90m' as '90m'),
  }),
});
const since = requestFeatures('since', {
  request: { load: col.double(), at: col.timestamp(), mode: col.string().oneOf('a', 'b').nullable() },
  uses: { heat },
  compute: ({ request, heat }) => ({
    load: request.load,
    mode: request.mode,
    minutes: heat.last_hour === null ? null : (request.at.getTime() - heat.last_hour.getTime()) / 60000,
  }),
});
const plainReq = requestFeatures('plain', {
  request: { load: col.double() },
  compute: ({ request }) => ({ load_squared: request.load ** 2 }),
});
const outcomes = table('outcomes', {
  columns: {
    machine: col.integer(),
    at: col.timestamp(),
    load: col.double(),
    mode: col.string().nullable(),
    next_temp: col.double().nullable(),
    hot: col.boolean(),
  },
  eventTime: 'at',
  query: sql`select machine, t as "at", temp / 2 as load, case when machine % 3 = 0 then null when machine % 3 = 1 then 'a' else 'b' end as mode, lead(temp) over (partition by machine order by t) as next_temp, temp > 25 as hot from ${readings} where temp is not null`,
});
const next = model('next_temp_model', {
  labels: { from: outcomes, target: 'next_temp', at: 'at' },
  inputs: [heat, raw, since],
  trainer: gbdt({ trees: 40 }),
  gates: [metric.rmse.atMost(50), metric.r2.atLeast(0.1)],
});
const hot = model('hot', {
  labels: { from: outcomes, target: 'hot', at: 'at' },
  inputs: [plainReq],
  trainer: logistic(),
  gates: [metric.rocAuc.atLeast(0.6)],
});
export default project('shapes', {
  readings,
  hourly,
  machine,
  heat,
  raw,
  since,
  plainReq,
  outcomes,
  next,
  hot,
  forecast: endpoint('forecast', { model: next }),
  is_hot: endpoint('is_hot', { model: hot }),
});
