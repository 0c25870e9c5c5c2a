import type { FeatureSpec, FeaturesBody } from '../src/assets/feature/index.ts';

// What one would write in DuckDB instead, over the same relations `events` and `asks`. All obey the same law: an ask at t sees
// [floor(t − w, hop), t).

interface Window {
  readonly label: string;
  /** Where it starts for an ask at the column `_at`. */
  readonly start: string;
}

/** Four features a window, as bench/features-project.ts declares them. */
function windowsOf(body: FeaturesBody, at: string): readonly Window[] {
  const counts = body.features.filter(({ name }) => name.startsWith('count_')) as unknown as (FeatureSpec & {
    window: number;
    hop: number;
  })[];
  return counts.map(({ name, window, hop }) => ({
    label: name.slice('count_'.length),
    start: `((${at} - ${window}) // ${hop} * ${hop})`,
  }));
}

/** Sum and mean of what was counted: nothing sums to 0 and has no mean. */
const totals = (label: string, count: string, sum: string): string =>
  `${count} as count_${label}, case when ${count} > 0 then ${sum} else 0 end as sum_${label}, case when ${count} > 0 then ${sum} / ${count} end as mean_${label}`;

/** Every ask with all rows of its widest window, grouped: what one writes first. */
export function rangeJoin(body: FeaturesBody, known: string): string {
  const windows = windowsOf(body, '_at');
  const columns = windows.map(({ label, start }) => {
    const seen = `filter (event >= ${start})`;
    return `count(event) ${seen} as count_${label}, coalesce(sum(amount) ${seen}, 0) as sum_${label}, avg(amount) ${seen} as mean_${label}, max(amount) ${seen} as max_${label}`;
  });
  return `select _ask, ${columns.join(', ')}
from asks left join (select card_id, amount, epoch_us(paid_at) as event, epoch_us(${known}) as known from events)
  on card_id = _entity and known < _at and event >= ${windows.at(-1)?.start}
group by _ask`;
}

/** Rows and asks on one line, and a frame per window whose start each ask computes. DuckDB answers frames from segment trees. */
export function frames(body: FeaturesBody, aggregates: 'all' | 'max'): string {
  const windows = windowsOf(body, 'instant');
  const columns = windows.map(({ label }) =>
    aggregates === 'max'
      ? `max(amount) over in_${label} as max_${label}`
      : `${totals(label, `count(amount) over in_${label}`, `sum(amount) over in_${label}`)}, max(amount) over in_${label} as max_${label}`,
  );
  // Of a payment no frame is wanted; the shortest there is costs least.
  const named = windows.map(
    ({ label, start }) =>
      `in_${label} as (partition by entity order by instant range between (case when ask is null then 1 else instant - ${start} end) preceding and 1 preceding)`,
  );
  return `select ask as _ask, ${columns.join(', ')}
from (select card_id as entity, epoch_us(paid_at) as instant, null::BIGINT as ask, amount from events
  union all select _entity, _at, _ask, null from asks)
window ${named.join(',\n  ')}
qualify ask is not null`;
}

/** Count, sum and mean as running totals read twice, by ASOF joins; max has no such trick and takes frames. */
export function asofJoins(body: FeaturesBody): string {
  const windows = windowsOf(body, '_at');
  const read = windows.map(({ label }, i) => {
    const less = (name: string): string => `coalesce(now.${name}, 0) - coalesce(then${i}.${name}, 0)`;
    return totals(label, `(${less('rows')})`, `(${less('total')})`);
  });
  const joins = windows.map(
    (_, i) =>
      `asof left join running as then${i} on starts._entity = then${i}.card_id and then${i}.event < starts.start${i}`,
  );
  return `with running as materialized (
  select card_id, epoch_us(paid_at) as event, count(*) over line as rows, sum(amount) over line as total
  from events window line as (partition by card_id order by paid_at)
), starts as (select *, ${windows.map(({ start }, i) => `${start} as start${i}`).join(', ')} from asks),
totals as (
  select _ask, ${read.join(',\n    ')}
  from starts asof left join running as now on starts._entity = now.card_id and now.event < starts._at
  ${joins.join('\n  ')}
), extremes as (${frames(body, 'max')})
select * from totals join extremes using (_ask)`;
}

/** What any way has at least to do: rows and asks in one order, once. */
export const sorted = `select entity, instant, ask, amount
from (select card_id as entity, epoch_us(paid_at) as instant, null::BIGINT as ask, amount from events
  union all select _entity, _at, _ask, null from asks)
order by entity, instant, ask nulls last`;

/** Running values of each card after every payment: the table that a feature store would be given. A microsecond later, because it sees a row at its very instant. */
export const runningTable = `select distinct card_id, paid_at + interval 1 microsecond as event_timestamp,
  count(*) over line as count_100d, sum(amount) over line as sum_100d, avg(amount) over line as mean_100d, max(amount) over line as max_100d
from events window line as (partition by card_id order by paid_at)`;

/** How many asks `mine` and `theirs` answer alike: sums and means to 1e-9 (of 1, where they are smaller), counts and extremes exactly. */
export function alike(body: FeaturesBody, mine: string, theirs: string): string {
  const equal = body.features.map(({ name }) => {
    const [a, b] = [`m."${name}"`, `t."${name}"`];
    const exact = `${a} is not distinct from ${b}`;
    return /^(sum|mean)_/.test(name)
      ? `(${exact} or coalesce(abs(${a} - ${b}) <= 1e-9 * greatest(1, abs(${a})), false))`
      : `(${exact})`;
  });
  return `select count(*)::INTEGER as asked, count(*) filter (${equal.join(' and ')})::INTEGER as same
from ${mine} m left join ${theirs} t using (_ask)`;
}
