import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY, HOUR, type Instant, MINUTE } from '../../../base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../../engine/index.ts';
import { col } from '../../contract/index.ts';
import { files, source } from '../../source/index.ts';
import { features } from '../declare.ts';
import { entity } from '../entity.ts';
import { answerPointInTime } from '../history/point-in-time.ts';
import type { FeaturesBody } from '../spec.ts';
import type { EntityState } from './state.ts';
import { buildState } from './state-build.ts';
import { readState } from './state-read.ts';

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

const T: Instant = 20_000 * DAY + 7 * MINUTE;
const visits = source('visits', {
  from: files('x/*.csv'),
  columns: { who: col.string(), page: col.string(), ms: col.double(), at: col.timestamp() },
  eventTime: 'at',
});
const habits = features('habits', {
  entity: entity('who', { key: 'who' }),
  from: visits,
  compute: ({ count, sum, first, last, distinct, lastK, topK, quantile, variance, min }) => ({
    settled: count().over('lifetime', { endingBefore: '7d' }),
    spent: sum('ms').over('lifetime', { endingBefore: '7d' }),
    first: first('page').over('lifetime', { endingBefore: '7d' }),
    last: last('page').over('lifetime', { endingBefore: '3d', hop: '1h' }),
    pages: distinct('page').over('lifetime', { endingBefore: '7d' }),
    recent: lastK('page', 3).over('lifetime', { endingBefore: '7d' }),
    most: topK('page', 2).over('lifetime', { endingBefore: '7d' }),
    middle: quantile('ms', 0.5).over('lifetime', { endingBefore: '7d' }),
    spread: variance('ms').over('lifetime', { endingBefore: '7d' }),
    // Of the same hop, and of tiles that must stay apart.
    week: count().over('7d'),
    least: min('ms').over('5d', { endingBefore: '1d', hop: '1h' }),
    // To the microsecond.
    exactly: count().over('lifetime', { endingBefore: '1h', hop: 'exact' }),
  }),
});
const body = habits['~'].nodes[0]?.body as unknown as FeaturesBody;

test('what lies before every border of all time is one tile, however long ago it began', async () => {
  // Three years of visits, one every five hours.
  await session.run(
    `create table visits as select 'w' as who, 'p' || (i * i % 17) as page, (i % 101) / 7 as ms,
       make_timestamp(${T} - i * ${5 * HOUR}) as at, i as _row_id from range(1, 5256) as r(i)`,
  );
  let state: EntityState | undefined;
  for await (const entry of buildState(session, body, 'visits', T))
    state = entry.state as unknown as EntityState;
  const sizes = (state?.[0] ?? []).map((tiles) => tiles.length);
  // A week by hours at one visit in five of them, and what was before; an hour, and what was before.
  assert.ok(
    sizes.every((size) => size <= 42),
    String(sizes),
  );
  const times = [0, 1, HOUR, 5 * HOUR, 3 * DAY, 7 * DAY + 1, 40 * DAY].map((later) => T + later);
  await answerPointInTime(session, {
    ...{ body, events: 'visits', into: 'answers' },
    asks: `(select _ask, 'w' as _entity, _at from (values ${times.map((t, i) => `(${i}::BIGINT, ${t}::BIGINT)`).join(', ')}) as a(_ask, _at))`,
  });
  const answers = await session.rows<Record<string, unknown>>('from answers order by _ask');
  for (const [i, t] of times.entries()) {
    const { _ask, ...want } = answers[i] ?? {};
    const found = readState(body, state as never, [], T, t);
    const lists = new Set(body.features.flatMap(({ name, list }) => (list ? [name] : [])));
    const told = Object.fromEntries(
      Object.entries(want).map(([name, value]) => [
        name,
        lists.has(name) ? JSON.parse(value as string) : value,
      ]),
    );
    assert.deepEqual(found, told, `at ${t - T}`);
  }
});
