// Point-in-time features beside the range join that one would write by hand, in the same DuckDB.
//   node --conditions=source bench/features-offline.ts [events] [asks] [entities …]
// 4 windows × count, sum, mean, max; random times over 60 days; both ways' counts and extremes are compared exactly.

import { type FeatureSpec, type FeaturesBody, hopOf, pointInTimeSql } from '../src/assets/feature/index.ts';
import { DAY, formatDuration, HOUR } from '../src/base/index.ts';
import { openDuckDb, type Session } from '../src/engine/index.ts';

const [events = 2_000_000, asks = 200_000, ...entities] = process.argv.slice(2).map(Number);
const windows = [HOUR, DAY, 7 * DAY, 30 * DAY];

const features = windows.flatMap((window): FeatureSpec[] => {
  const own = { window, hop: hopOf(window), nullable: true };
  const of = (aggregate: 'sum' | 'mean' | 'max') =>
    ({
      ...own,
      name: `${aggregate}_${formatDuration(window)}`,
      aggregate,
      column: 'amount',
      columnType: 'double',
      type: 'double',
    }) as const;
  const count = {
    name: `count_${formatDuration(window)}`,
    aggregate: 'count',
    column: null,
    columnType: null,
    type: 'integer',
  } as const;
  return [{ ...own, ...count }, of('sum'), of('mean'), of('max')];
});

const body = (availableAt: string | null): FeaturesBody => ({
  entity: { name: 'card', key: 'card' },
  from: 'payments',
  eventTime: 'at',
  availableAt,
  availableAfter: 0,
  features,
});

const floor = (window: number) => {
  const hop = hopOf(window);
  return `(_at - ${window}) - (((_at - ${window}) % ${hop} + ${hop}) % ${hop})`;
};

function byHand(known: string): string {
  const longest = windows.at(-1) as number;
  const columns = windows.map((window) => {
    const seen = `filter (p.event >= ${floor(window)})`;
    const label = formatDuration(window);
    return `count(p.event) ${seen} as count_${label}, sum(amount) ${seen} as sum_${label}, avg(amount) ${seen} as mean_${label}, max(amount) ${seen} as max_${label}`;
  });
  return `select _ask, ${columns.join(', ')}
from asks left join (select *, epoch_us("at") as event, epoch_us(${known}) as known from payments) as p
  on p.card = _entity and p.known < _at and p.event >= ${floor(longest)}
group by _ask`;
}

async function seconds(session: Session, table: string, sql: string): Promise<number> {
  await session.run(`drop table if exists ${table}`);
  const start = performance.now();
  await session.run(`create temp table ${table} as ${sql}`);
  return (performance.now() - start) / 1000;
}

const engine = await openDuckDb({ memoryLimit: '4GB' });
const session = await engine.session();
const out = (line: string) => process.stdout.write(`${line}\n`);
out(`${events.toLocaleString('en')} events × ${asks.toLocaleString('en')} asks, ${features.length} features`);
out('entities | rows per ask in 30d | availability | ours, s | range join, s | ratio');
for (const count of entities.length ? entities : [10_000, 1_000, 200]) {
  await session.run('select setseed(0.42)');
  const anEntity = `'card ' || floor(random() * ${count})::BIGINT`;
  const anInstant = `(${20_000 * DAY} + random() * ${60 * DAY})::BIGINT`;
  await session.run(`create or replace temp table payments as select *, "at" + to_seconds(random() * 600) as seen from (
    select ${anEntity} as card, make_timestamp(${anInstant}) as "at", round(random() * 1000, 2) as amount, i as _row_id from range(${events}) t(i))`);
  await session.run(
    `create or replace temp table asks as select i as _ask, ${anEntity} as _entity, ${anInstant} as _at from range(${asks}) t(i)`,
  );
  for (const availableAt of [null, 'seen']) {
    const ours = await seconds(
      session,
      'ours',
      pointInTimeSql({ body: body(availableAt), events: 'payments', asks: 'asks' }),
    );
    const naive = await seconds(session, 'naive', byHand(availableAt ?? '"at"'));
    const same = windows.map(
      (w) =>
        `o.count_${formatDuration(w)} = n.count_${formatDuration(w)} and o.max_${formatDuration(w)} is not distinct from n.max_${formatDuration(w)}`,
    );
    const [check] = await session.rows<{ same: number; seen: number }>(
      `select count(*) filter (${same.join(' and ')}) as same, avg(o.count_30d)::DOUBLE as seen from ours o join naive n using (_ask)`,
    );
    if (check?.same !== asks) throw new Error(`only ${check?.same} of ${asks} answers are the same`);
    out(
      [
        count,
        Math.round(check.seen),
        availableAt ? 'column' : 'constant',
        ours.toFixed(1),
        naive.toFixed(1),
        (naive / ours).toFixed(1),
      ].join(' | '),
    );
  }
}
await engine.close();
