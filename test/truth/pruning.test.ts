import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kinds } from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { graphOf, run } from '../../src/graph/index.ts';
import {
  col,
  type Duration,
  entity,
  features,
  files,
  logistic,
  model,
  type Project,
  project,
  source,
  sql,
  table,
} from '../../src/index.ts';
import { digest } from './digest.fixture.ts';
import { type Bench, openBench, put } from './line.fixture.ts';

// What nobody reads rebuilds nothing; and what is left alone is what a build from scratch would give.

interface Shape {
  /** A further column of the source. */
  readonly extra: 'none' | 'note' | 'fee' | 'required' | 'rate';
  readonly most: number;
  readonly onBreach: 'quarantine' | 'block';
  readonly over: Duration;
  readonly large: 'plain' | 'with words' | 'all';
  readonly least: number;
  readonly grouped: 'sum' | 'mean';
  readonly keyed: boolean;
  /** Of the fares that are looked up: with a key, each is found once. */
  readonly fares: 'quarantine' | 'warn' | 'keyless';
  readonly looked: 'left' | 'inner' | 'reversed' | 'rounded';
}

const first: Shape = {
  ...{ extra: 'none', most: 100, onBreach: 'quarantine', over: '7d', large: 'plain', least: 5 },
  ...{ grouped: 'sum', keyed: true, fares: 'quarantine', looked: 'left' },
};

function shop(change: Partial<Shape>): Project {
  const { extra, most, onBreach, over, large, least, grouped, keyed, fares, looked } = {
    ...first,
    ...change,
  };
  const pays = source('pays', {
    from: files('in/*.csv'),
    columns: {
      id: col.string(),
      card: col.string(),
      amount: col.double().between(0, most),
      paid_at: col.timestamp(),
      ...(extra === 'note' ? { note: col.string().nullable() } : {}),
      ...(extra === 'fee' ? { fee: col.double().nullable() } : {}),
      ...(extra === 'required' ? { fee: col.double() } : {}),
      ...(extra === 'rate' ? { rate: col.double().between(0, 1) } : {}),
    },
    key: 'id',
    eventTime: 'paid_at',
    onBreach,
  });
  const columns = {
    id: col.string(),
    card: col.string(),
    twice: col.double(),
    paid_at: col.timestamp(),
    is_large: col.boolean(),
    ...(large === 'with words' ? { words: col.string().nullable() } : {}),
  };
  const query =
    large === 'all'
      ? sql`select *, amount * 2 as twice, amount > 50 as is_large from ${pays} where amount > ${least}`
      : large === 'with words'
        ? sql`select id, card, amount * 2 as twice, paid_at, amount > 50 as is_large, upper(card) as words from ${pays} where amount > ${least}`
        : sql`select id, card, amount * 2 as twice, paid_at, amount > 50 as is_large from ${pays} where amount > ${least}`;
  const big = table('big', {
    columns,
    ...(keyed ? { key: 'id' as const } : {}),
    eventTime: 'paid_at',
    query,
  });
  const cards = table('cards', {
    columns: { card: col.string(), spent: col.double() },
    key: 'card',
    query:
      grouped === 'sum'
        ? sql`select card, sum(twice) as spent from ${big} group by card`
        : sql`select card, avg(twice) as spent from ${big} group by 1`,
  });
  const fare = source('fares', {
    from: files('fares/*.csv', { delimiter: ',' }),
    columns: { card: col.string(), fare: col.double().nullable(), seat: col.string().nullable() },
    ...(fares === 'keyless' ? {} : { key: 'card' as const }),
    onBreach: fares === 'warn' ? 'warn' : 'quarantine',
  });
  const priced = table('priced', {
    columns: { id: col.string(), fare: col.string().nullable(), seat: col.string().nullable() },
    key: 'id',
    query:
      looked === 'left'
        ? sql`select p.id, f.fare::VARCHAR as fare, f.seat from ${pays} p left join ${fare} f using (card)`
        : looked === 'inner'
          ? sql`select p.id, f.fare::VARCHAR as fare, f.seat from ${pays} p join ${fare} f on f.card = p.card`
          : looked === 'reversed'
            ? sql`select p.id, (10 - f.fare)::VARCHAR as fare, f.seat from ${pays} p join ${fare} f on f.card = p.card`
            : sql`select 'p' || p.amount as id, f.fare::VARCHAR as fare, f.seat from ${pays} p join ${fare} f on f.card = p.card`,
  });
  const seats = table('seats', {
    columns: { id: col.string(), seat: col.string().nullable() },
    key: 'id',
    query: sql`select id, seat from ${priced}`,
  });
  const card = entity('card', { key: 'card' });
  const activity = features('activity', {
    entity: card,
    from: pays,
    compute: ({ count, sum }) => ({ n_1d: count().over('1d'), spent: sum('amount').over(over) }),
  });
  const other = features('other', {
    entity: card,
    from: big,
    compute: ({ count }) => ({ n_2d: count().over('2d') }),
  });
  const guess = model('guess', {
    labels: { from: big, target: 'is_large', at: 'paid_at' },
    inputs: [activity],
    trainer: logistic({ iterations: 3 }),
  });
  return project('shop', {
    pays,
    big,
    cards,
    fare,
    priced,
    seats,
    card,
    activity,
    other,
    guess,
  }) as unknown as Project;
}

/** Everything but the model: small data trains nothing of use. */
const built = ['cards', 'other', 'guess_training', 'seats'];

function fill(bench: Bench): void {
  const { folder } = bench;
  for (const file of [0, 1]) {
    const lines = ['id,card,amount,paid_at,note,fee,rate'];
    for (let i = 0; i < 30; i++) {
      const at = new Date(Date.UTC(2026, 0, 1 + file * 3) + i * 97 * 60_000).toISOString();
      const fee = i % 9 === 4 ? (i % 2 === 0 ? '' : 'much') : String(i / 4);
      lines.push(`p${file}-${i},c${(i * 7) % 5},${(i * 37 + file * 11) % 90},${at},n${i % 3},${fee},0.5`);
    }
    put(folder, `in/${file}.csv`, `${lines.join('\n')}\n`);
  }
  putFares(bench);
}

/** With a card that has two fares, so that it matters whether the key is kept. */
function putFares({ folder }: Bench): void {
  const lines = [0, 1, 2, 2, 3].map((n, i) => `c${n},${i},s${i}`);
  put(folder, 'fares/a.csv', `card,fare,seat\n${lines.join('\n')}\n`);
}

async function steps(bench: Bench, change: Partial<Shape>): Promise<string[]> {
  const result = await bench.run(shop(change), { only: built });
  return result.steps.map(({ step, outcome }) => `${step.asset} ${outcome}`).sort();
}

/** The content of everything that is live, without numbers of versions. */
async function content(bench: Bench): Promise<Record<string, unknown>> {
  const found = await digest(bench.workspace, graphOf(shop({})).nodes.keys());
  // A quarantine that holds nothing any more is as good as none.
  const told = (content: Readonly<Record<string, string | number>>): unknown =>
    Object.entries(content).filter(([, rows]) => !String(rows).startsWith('0 '));
  return Object.fromEntries(
    Object.entries(found).map(([asset, { content, rows }]) => [asset, { content: told(content), rows }]),
  );
}

const edits: readonly (readonly [
  what: string,
  from: Partial<Shape>,
  to: Partial<Shape>,
  ...steps: string[],
])[] = [
  ['a source gets a text that nobody reads', {}, { extra: 'note' }, 'pays published'],
  [
    'a source that blocks gets a number that nobody reads',
    { onBreach: 'block' },
    { onBreach: 'block', extra: 'rate' },
    'pays published',
  ],
  [
    'a column that can keep rows out reaches everything',
    {},
    { extra: 'required' },
    ...['activity', 'big', 'cards', 'guess_training', 'other', 'pays', 'priced', 'seats'].map(
      (asset) => `${asset} published`,
    ),
  ],
  ['a table gets a column that nobody reads', {}, { large: 'with words' }, 'big published'],
  [
    'a query that reads all columns sees a new one, and what is made of it does not',
    { large: 'all' },
    { large: 'all', extra: 'note' },
    ...['big', 'pays'].map((asset) => `${asset} published`),
  ],
  ['one feature gets another window', {}, { over: '2d' }, 'activity published', 'guess_training published'],
  [
    'a filter moves',
    {},
    { least: 9 },
    ...['big', 'cards', 'guess_training', 'other'].map((asset) => `${asset} published`),
  ],
  [
    'of rows looked up by a key, a column that nobody reads changes alone',
    { looked: 'inner' },
    { looked: 'reversed' },
    'priced published',
  ],
  [
    'where two rows can claim one key, which of them stays may change with any column',
    { looked: 'inner', fares: 'keyless' },
    { looked: 'reversed', fares: 'keyless' },
    ...['priced', 'seats'].map((asset) => `${asset} published`),
  ],
  ['what is at the end moves alone', {}, { grouped: 'mean' }, 'cards published'],
];

for (const [what, from, to, ...wanted] of edits)
  test(what, async () => {
    const bench = await openBench();
    try {
      fill(bench);
      await steps(bench, from);
      assert.deepEqual(await steps(bench, to), wanted);
      assert.deepEqual(await steps(bench, to), []);
    } finally {
      await bench.close();
    }
  });

const anEdit: fc.Arbitrary<Partial<Shape>> = fc.record(
  {
    extra: fc.constantFrom('none', 'note', 'fee', 'required', 'rate'),
    most: fc.constantFrom(100, 60),
    onBreach: fc.constantFrom('quarantine', 'quarantine', 'quarantine', 'block'),
    over: fc.constantFrom<Duration[]>('7d', '2d'),
    large: fc.constantFrom('plain', 'with words', 'all'),
    least: fc.constantFrom(5, 20),
    grouped: fc.constantFrom('sum', 'mean'),
    keyed: fc.boolean(),
    fares: fc.constantFrom('quarantine', 'warn', 'keyless'),
    looked: fc.constantFrom('left', 'inner', 'reversed', 'rounded'),
  },
  { requiredKeys: [] },
);

test('after any edits, what is live is what a build from scratch gives', async () => {
  await fc.assert(
    fc.asyncProperty(anEdit, anEdit, async (one, two) => {
      const bench = await openBench();
      const scratch = await openBench();
      try {
        fill(bench);
        fill(scratch);
        for (const change of [{}, one, { ...one, ...two }]) {
          await bench.run(shop(change), { only: built });
        }
        const result = await scratch.run(shop({ ...one, ...two }), { only: built });
        // A version that is blocked leaves the one before live, which a fresh project has not.
        fc.pre(result.ok);
        assert.deepEqual(await content(bench), await content(scratch));
      } finally {
        await bench.close();
        await scratch.close();
      }
    }),
    { numRuns: 6 },
  );
});

test('what fails for once while it is planned makes nothing count as changed', async () => {
  let failed = 0;
  for (const nth of [1, 2, 3, 4]) {
    const bench = await openBench();
    try {
      fill(bench);
      const { state } = bench.workspace;
      let calls = 0;
      const study: typeof state.study = (asset, print) => {
        if (++calls !== nth) return state.study(asset, print);
        failed++;
        throw new MillraceError({
          ...{ code: 'MILL_STATE_BUSY', message: 'Busy.', todo: 'Wait.', owner: 'service', retry: true },
        });
      };
      const workspace = { ...bench.workspace, state: { ...state, study } };
      await run(graphOf(shop({})), kinds, workspace, { only: built }).catch(() => {});
      await bench.run(shop({}), { only: built });
      for (const { asset, id } of built.flatMap((name) => state.versions(name)))
        assert.equal(id, `${asset}@1`, `call ${nth} failed`);
    } finally {
      await bench.close();
    }
  }
  assert.equal(failed, 4);
});
