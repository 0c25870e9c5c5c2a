import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { kinds } from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { graphOf, type Project, plan, rollback } from '../../src/graph/index.ts';
import { by, col, type Duration, files, project, source, sql, table, within } from '../../src/index.ts';
import { ask } from './digest.fixture.ts';
import { type Bench, put } from './line.fixture.ts';

// Incremental tables in every shape, and the same by one query over everything there is: the twin.

export interface Shape {
  readonly every: Duration;
  readonly lookBack?: Duration;
  readonly keep?: boolean;
  /** Whether every table is laid into files by parts of its rows. */
  readonly partitioned?: boolean;
}

export function shop({ every, lookBack, keep, partitioned = false }: Shape): Project {
  const payments = source('payments', {
    from: files('in/*.csv'),
    columns: {
      id: col.string(),
      card: col.string(),
      amount: col.double().between(0, 100),
      paid_at: col.timestamp(),
    },
    key: 'id',
    eventTime: 'paid_at',
    partitionBy: partitioned ? ['card', by.month('paid_at')] : [],
  });
  const cards = source('cards', {
    from: files('cards.csv'),
    columns: { card: col.string(), country: col.string() },
    key: 'card',
  });
  const incremental = {
    every,
    ...(lookBack ? { lookBack } : {}),
    ...(keep ? { onLookupChange: 'keep' as const } : {}),
  };
  const daily = table('daily', {
    columns: {
      day: col.timestamp(),
      country: col.string(),
      spent: col.double().between(0, 250),
      n: col.integer(),
    },
    key: ['day', 'country'],
    eventTime: 'day',
    partitionBy: partitioned ? ['country', by.day('day')] : [],
    incremental,
    query: sql`select date_trunc('day', paid_at) as day, coalesce(country, '?') as country, round(sum(amount), 3) as spent, count(*) as n
               from ${within(payments)} left join ${cards} c using (card) group by all`,
  });
  const trailing = table('trailing', {
    columns: { id: col.string(), paid_at: col.timestamp(), spent_2d: col.double() },
    key: 'id',
    eventTime: 'paid_at',
    partitionBy: partitioned ? [by.hour('paid_at')] : [],
    incremental: { every },
    query: sql`select id, paid_at, round(sum(amount) over (partition by card order by paid_at range between interval 2 days preceding and current row), 3) as spent_2d
               from ${within(payments, { before: '2d' })}`,
  });
  const weekly = table('weekly', {
    columns: { week: col.timestamp(), spent: col.double(), n: col.integer() },
    key: 'week',
    eventTime: 'week',
    partitionBy: partitioned ? [by.year('week'), 'n'] : [],
    incremental: { every: '7d' },
    query: sql`select time_bucket(interval 7 days, day, timestamp '1970-01-01') as week, round(sum(spent), 3) as spent, sum(n) as n
               from ${within(daily)} group by all`,
  });
  return project('shop', { payments, cards, daily, trailing, weekly }) as unknown as Project;
}

/** The same tables, each by one query over what is live of its inputs. */
export async function twins({ workspace }: Bench): Promise<Record<string, string[]>> {
  const cards = await ask<{ card: string; country: string }>(workspace, 'cards', (t) => `select * from ${t}`);
  const country = new Map(cards.map((row) => [row.card, row.country]));
  const payments = await ask<{ id: string; card: string; amount: number; u: number; day: string }>(
    workspace,
    'payments',
    (t) => `select id, card, amount, epoch_us(paid_at) as u, strftime(paid_at, '%Y-%m-%d') as day from ${t}`,
  );
  const days = new Map<string, { spent: number; n: number }>();
  for (const { card, amount, day } of payments) {
    const key = `${day} ${country.get(card) ?? '?'}`;
    const sum = days.get(key) ?? { spent: 0, n: 0 };
    days.set(key, { spent: sum.spent + amount, n: sum.n + 1 });
  }
  // What costs more than 250 a day breaks the contract of `daily` and is set aside there.
  const fit = [...days].filter(([, { spent }]) => cents(spent) <= 250);
  const weeks = new Map<number, { spent: number; n: number }>();
  const week = 7 * 86_400_000;
  for (const [key, { spent, n }] of fit) {
    const start = Math.floor(Date.parse(key.slice(0, 10)) / week) * week;
    const sum = weeks.get(start) ?? { spent: 0, n: 0 };
    weeks.set(start, { spent: sum.spent + cents(spent), n: sum.n + n });
  }
  const window = 2 * 86_400_000_000;
  return {
    daily: fit.map(([key, { spent, n }]) => `${key} ${cents(spent)} ${n}`).sort(),
    daily__quarantine: [...days].flatMap(([key, { spent }]) => (cents(spent) > 250 ? [key] : [])).sort(),
    trailing: payments
      .map((row) => {
        const seen = payments.filter((p) => p.card === row.card && p.u <= row.u && p.u >= row.u - window);
        return `${row.id} ${cents(seen.reduce((sum, { amount }) => sum + amount, 0))}`;
      })
      .sort(),
    weekly: [...weeks]
      .map(([at, { spent, n }]) => `${new Date(at).toISOString().slice(0, 10)} ${cents(spent)} ${n}`)
      .sort(),
  };
}

const cents = (value: number): number => Math.round(value * 1000) / 1000;

/** What the tables hold. */
export async function held({ workspace }: Bench): Promise<Record<string, string[]>> {
  const rows = async (asset: string, text: string): Promise<string[]> =>
    (await ask<{ t: string }>(workspace, asset, (t) => `select ${text} as t from ${t} order by t`)).map(
      ({ t }) => t,
    );
  const { lake, state } = workspace;
  const aside = lake.table('daily__quarantine', state.live('daily')?.snapshot);
  const session = await workspace.engine.session();
  const set = aside
    ? await session.rows<{ t: string }>(
        `select (_row->>'day')[:10] || ' ' || (_row->>'country') as t from ${session.scan(aside)} order by t`,
      )
    : [];
  session.close();
  const number = (name: string): string => `printf('%.10g', ${name})`;
  return {
    daily: (
      await rows('daily', `concat(strftime(day, '%Y-%m-%d'), ' ', country, ' ', ${number('spent')}, ' ', n)`)
    ).sort(),
    daily__quarantine: set.map(({ t }) => t).sort(),
    trailing: (await rows('trailing', `concat(id, ' ', ${number('spent_2d')})`)).sort(),
    weekly: (
      await rows('weekly', `concat(strftime(week, '%Y-%m-%d'), ' ', ${number('spent')}, ' ', n)`)
    ).sort(),
  };
}

/** Something that happens to a shop between two runs. */
export type Deed =
  | {
      readonly do: 'file';
      readonly file: number;
      readonly rows: readonly { id: number; card: number; cents: number; hours: number }[];
    }
  | { readonly do: 'remove'; readonly file: number }
  | { readonly do: 'cards'; readonly countries: readonly string[] }
  | { readonly do: 'rollback'; readonly asset: 'payments' | 'daily' | 'trailing' }
  | { readonly do: 'backfill'; readonly day: number; readonly days: number };

export const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('file' as const),
      file: fc.nat(4),
      rows: fc.array(
        fc.record({
          id: fc.nat(40),
          card: fc.nat(3),
          cents: fc.integer({ min: -500, max: 11_000 }),
          hours: fc.nat(24 * 20),
        }),
        { maxLength: 8 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), file: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('cards' as const),
      countries: fc.array(fc.constantFrom('DE', 'US', 'IN'), { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rollback' as const),
      asset: fc.constantFrom('payments' as const, 'daily' as const, 'trailing' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('backfill' as const),
      day: fc.nat(20),
      days: fc.integer({ min: 1, max: 5 }),
    }),
  },
);

export const firstDeeds: readonly Deed[] = [
  { do: 'cards', countries: ['DE', 'US'] },
  { do: 'file', file: 0, rows: [{ id: 0, card: 0, cents: 1_000, hours: 30 }] },
];

const START = Date.UTC(2025, 11, 28);

/** Does it, and runs the project. The versions of assets that were rolled back stay so until something else comes. */
export async function carryOut(bench: Bench, declared: Project, what: Deed): Promise<void> {
  const { folder, workspace } = bench;
  switch (what.do) {
    case 'file': {
      const lines = what.rows.map(
        ({ id, card, cents, hours }) =>
          `f${what.file}-${id},c${card},${cents / 100},${new Date(START + hours * 3_600_000).toISOString()}`,
      );
      put(
        folder,
        `in/${what.file}.csv`,
        `id,card,amount,paid_at\n${lines.map((line) => `${line}\n`).join('')}`,
      );
      break;
    }
    case 'remove':
      rmSync(join(folder, `in/${what.file}.csv`), { force: true });
      break;
    case 'cards':
      put(
        folder,
        'cards.csv',
        `card,country\n${what.countries.map((country, i) => `c${i},${country}\n`).join('')}`,
      );
      break;
    case 'rollback':
      try {
        rollback(workspace, what.asset);
      } catch (error) {
        // There may be nothing to go back to.
        if (!(error instanceof MillraceError && error.code === 'MILL_ROLLBACK_IMPOSSIBLE')) throw error;
      }
      break;
    case 'backfill': {
      const from = (START + what.day * 86_400_000) * 1000;
      const backfill = { from, to: from + what.days * 86_400_000_000 };
      await bench.run(declared, { only: { assets: ['daily', 'trailing', 'weekly'], backfill } });
      return;
    }
  }
  await bench.run(declared);
}

/** Whether an asset is live as declared, and not held at an earlier version. */
export async function current(bench: Bench, declared: Project): Promise<ReadonlySet<string>> {
  const planned = await plan(graphOf(declared), kinds, bench.workspace);
  return new Set(planned.unchanged);
}
