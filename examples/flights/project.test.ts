import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Asset, renderQuery, type SourceBody, type TableBody } from '../../src/assets/index.ts';
import { quoteName, quoteText } from '../../src/base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../src/engine/index.ts';
import flightsProject from './project.ts';

// The SQL of the tables, run on the real files apart from the rest of Millrace: are the instants right, and does a
// question see nothing it could not have known?

const { assets } = flightsProject;
const { contract } = bodyOf<SourceBody>(assets.flights);
const flightsFile = globOf(assets.flights);
const skip = existsSync(flightsFile) ? false : `no ${flightsFile}`;
const sqlType = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};
let engine: Engine;
let session: Session;

function bodyOf<Body>(asset: Asset): Body {
  return asset['~'].nodes[0]!.body as Body;
}

function globOf(asset: Asset): string {
  const { from } = bodyOf<SourceBody>(asset);
  return from.connector === 'files' ? from.glob : '';
}

before(async () => {
  engine = await openDuckDb();
  session = await engine.session();
  if (skip) return;
  for (const asset of [assets.flights, assets.airports, assets.weather]) {
    const source = bodyOf<SourceBody>(asset);
    const columns = source.contract.columns.map(
      (c) => `cast(${quoteName(c.name)} as ${sqlType[c.type]}) as ${quoteName(c.name)}`,
    );
    const read = `read_csv(${quoteText(globOf(asset))}, all_varchar = true, nullstr = ['', 'NA'])`;
    await session.run(`create temp table ${asset.name} as select ${columns.join(', ')} from ${read}`);
  }
  for (const asset of [assets.flown, assets.departures, assets.takeoffs, assets.arrivals]) {
    const made = bodyOf<TableBody>(asset);
    await session.run(`create temp table ${asset.name} as ${renderQuery(made.query, quoteName)}`);
    const { columns } = made.contract;
    assert.deepEqual(
      await session.describe(`from ${asset.name}`),
      columns.map(({ name, type }) => ({ name, type })),
      asset.name,
    );
    const nulls = columns.filter((c) => !c.nullable).map((c) => `${quoteName(c.name)} is null`);
    assert.equal(
      await one(`select count(*) from ${asset.name} where ${nulls.join(' or ')}`),
      0,
      `${asset.name}: nulls`,
    );
    assert.equal(
      await one(`select count(*) - count(distinct flight_id) from ${asset.name}`),
      0,
      `${asset.name}: key`,
    );
  }
});

after(() => engine.close());

async function one(query: string): Promise<unknown> {
  const [row] = await session.rows<{ found: unknown }>(`select * from (${query}) as t(found)`);
  return row?.found;
}

test('row counts are those that others have counted', { skip }, async () => {
  assert.equal(await one('select count(*) from flights'), 336_776);
  assert.equal(await one('select count(*) from departures'), 336_776 - 8_255);
  assert.equal(await one('select count(*) from departures where late is null'), 9_430 - 8_255);
  assert.equal(await one('select count(*) from arrivals'), 336_776 - 9_430);
});

test('the key of the flights is a true key', { skip }, async () => {
  assert.equal(
    await one(`select count(*) from (select distinct ${contract.key.join(', ')} from flights)`),
    336_776,
  );
});

test('the weather joins on the scheduled hour as often as it is known to', { skip }, async () => {
  const join =
    "select count(*) from departures d join weather w on w.origin = d.origin and w.time_hour = date_trunc('hour', scheduled_at)";
  assert.equal(await one(join), 326_993);
});

test('from gate to gate takes longer than the flight, by minutes to under four hours: the zones are right', {
  skip,
}, async () => {
  const ground = `select date_diff('minute', departed_at, arrived_at) - f.air_time as g, flown.dest
    from flown join flights f on flight_id = strftime(make_timestamp(f.year, f.month, f.day, 0, 0, 0.0), '%Y-%m-%d') || ' ' || f.carrier || f.flight || ' ' || f.origin
    where arrived_at is not null`;
  assert.equal(await one(`select count(g) from (${ground})`), 327_346);
  assert.equal(await one(`select min(g) from (${ground})`), 5);
  assert.equal(await one(`select max(g) from (${ground})`), 235);
  assert.equal(await one(`select median(g) from (${ground})`), 28);
  // An hour's error in one zone would hide in the range, not in the median of that destination.
  const medians = `select median(g) as m from (${ground}) group by dest`;
  assert.equal(await one(`select count(*) from (${medians}) where m not between 15 and 45`), 0);
});

test('no question sees its own flight, and every answer is known two days later', { skip }, async () => {
  assert.ok(
    Number(
      await one(
        'select count(*) from takeoffs join departures using (flight_id) where departed_at < scheduled_at',
      ),
    ) > 180_000,
  );
  assert.equal(
    await one(
      'select count(*) from takeoffs join departures using (flight_id) where known_at < scheduled_at',
    ),
    0,
  );
  assert.equal(
    await one(
      'select count(*) from arrivals join departures using (flight_id) where arrived_at <= scheduled_at',
    ),
    0,
  );
  const slowest = "select max(date_diff('minute', scheduled_at, arrived_at)) from flown";
  assert.ok(Number(await one(slowest)) < 2 * 24 * 60);
});
