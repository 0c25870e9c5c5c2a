import type { Trainer } from '../../src/assets/index.ts';
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
  requestFeatures,
  source,
  sql,
  table,
  trainingSet,
} from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Bench, put } from './line.fixture.ts';

/** How the training set of the shop is declared. */
export interface ShopChange {
  readonly negatives?: { share: number } | { perPositive: number };
  readonly split?:
    | { by: 'entity'; train: number; validation: number }
    | { train: number; validation: number; gap?: Duration }
    | { validationFrom: Date; testFrom: Date; gap?: Duration };
  readonly leakage?: 'warn' | 'block';
  readonly seed?: number;
  /** Leaks that are planted: the answer as a field of the request; the past answers of a card before they are known; chargebacks known only long after. */
  readonly plant?: readonly ('answer' | 'past answers' | 'late')[];
  /** How long past answers wait. Default: not at all. */
  readonly availableAfter?: '5d';
  /** Of the model `fraud`. Default: logistic. */
  readonly trainer?: Trainer;
}

/** Payments, some of which are charged back five days later; two models that learn from one training set. */
export function shop(change: ShopChange = {}): Project {
  const planted = (what: NonNullable<ShopChange['plant']>[number]): boolean =>
    change.plant?.includes(what) ?? false;
  const payments = source('payments', {
    from: files('in/payments*.csv'),
    columns: {
      id: col.string(),
      card: col.string(),
      amount: col.double(),
      country: col.string().nullable(),
      items: col.integer(),
      paid_at: col.timestamp(),
    },
    key: 'id',
    eventTime: 'paid_at',
  });
  const chargebacks = source('chargebacks', {
    from: files('in/chargebacks*.csv'),
    columns: { id: col.string(), card: col.string(), paid_at: col.timestamp(), reported_at: col.timestamp() },
    key: 'id',
    eventTime: 'paid_at',
    availableAt: 'reported_at',
  });
  const outcomes = table('outcomes', {
    columns: {
      card: col.string(),
      amount: col.double(),
      country: col.string().nullable(),
      items: col.integer(),
      paid_at: col.timestamp(),
      is_fraud: col.boolean(),
      hint: col.double(),
    },
    eventTime: 'paid_at',
    ...(change.availableAfter ? { availableAfter: change.availableAfter } : {}),
    query: sql`
      select p.card, p.amount, p.country, p.items, p.paid_at, c.id is not null as is_fraud,
        case when c.id is not null then 1.5 else 0.5 end as hint
      from ${payments} p left join ${chargebacks} c using (id)`,
  });
  const card = entity('card', { key: 'card' });
  const activity = features('activity', {
    entity: card,
    from: payments,
    compute: ({ count, mean, last }) => ({
      n: count().over('7d'),
      usual: mean('amount').over('30d'),
      before: last('country').over('30d'),
    }),
  });
  const past = features('past', {
    entity: card,
    from: outcomes,
    compute: ({ last }) => ({ past_fraud: last('is_fraud').over('30d') }),
  });
  const late = features('late', {
    entity: card,
    from: chargebacks,
    compute: ({ count, last }) => ({
      charged: count().over('1d'),
      charged_at: last('reported_at').over('1d'),
    }),
  });
  const now = requestFeatures('now', {
    request: { amount: col.double(), country: col.string().nullable(), items: col.integer() },
    uses: { activity },
    compute: ({ request, activity }) => ({
      amount: request.amount,
      country: request.country,
      items: request.items,
      jump: activity.usual === null ? null : request.amount - activity.usual,
    }),
  });
  const answer = requestFeatures('answer', {
    request: { hint: col.double() },
    compute: ({ request }) => ({ hint: request.hint }),
  });
  const rows = trainingSet('fraud_rows', {
    labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '5d' },
    inputs: [
      activity,
      now,
      ...(planted('answer') ? [answer] : []),
      ...(planted('past answers') ? [past] : []),
      ...(planted('late') ? [late] : []),
    ],
    ...(change.negatives ? { negatives: change.negatives } : {}),
    ...(change.split ? { split: change.split } : {}),
    ...(change.leakage ? { leakage: change.leakage } : {}),
    ...(change.seed === undefined ? {} : { seed: change.seed }),
  });
  const fraud = model('fraud', { from: rows, trainer: change.trainer ?? logistic() });
  const again = model('again', { from: rows, trainer: logistic({ l2: 10 }) });
  return project('shop', {
    ...{ payments, chargebacks, outcomes, card, activity, now, rows, fraud, again },
    ...(planted('answer') ? { answer } : {}),
    ...(planted('past answers') ? { past } : {}),
    ...(planted('late') ? { late } : {}),
  }) as unknown as Project;
}

/** The same payments twice: as they are, and as of 1,000 days before. Inputs and answers are equal. */
export function twice(): Project {
  const payments = source('payments', {
    from: files('in/payments*.csv'),
    columns: { id: col.string(), card: col.string(), amount: col.double(), paid_at: col.timestamp() },
    key: 'id',
    eventTime: 'paid_at',
  });
  const outcomes = table('outcomes', {
    columns: { card: col.string(), amount: col.double(), paid_at: col.timestamp(), large: col.boolean() },
    eventTime: 'paid_at',
    query: sql`
      select card, amount, paid_at, hash(id) % 3 = 0 as large from ${payments}
      union all select card, amount, paid_at - interval 1000 days, hash(id) % 3 = 0 from ${payments}`,
  });
  const now = requestFeatures('now', {
    request: { amount: col.double(), card: col.string() },
    compute: ({ request }) => ({ amount: request.amount, whose: request.card }),
  });
  const rows = trainingSet('fraud_rows', {
    labels: { from: outcomes, target: 'large', at: 'paid_at' },
    inputs: [now],
    split: { train: 0.5, validation: 0.25 },
  });
  return project('shop', { payments, outcomes, now, rows }) as unknown as Project;
}

const DAY = 86_400_000;
export const START = Date.UTC(2026, 0, 1);
/** After all labels of the first file are known. */
export const LATER = '2026-04-01T00:00:00Z';

/** A number in [0, 1) that looks random, of two whole ones. */
function drawn(a: number, b: number): number {
  const x = Math.sin(a * 12.9898 + b * 78.233) * 43_758.5453;
  return x - Math.floor(x);
}

/** `rows` payments from a day on, one every 40 minutes; what is large, or of a country far away, is charged back more often. */
export function putPayments(bench: Bench, name: string, rows: number, day = 0): void {
  const payments = ['id,card,amount,country,items,paid_at'];
  const chargebacks = ['id,card,paid_at,reported_at'];
  for (let i = 0; i < rows; i++) {
    const at = START + day * DAY + i * 2_400_000;
    const card = `c${Math.floor(drawn(i, day + 1) * 40)}`;
    const amount = Math.round(drawn(i, day + 2) * 20_000) / 100;
    const country = ['DE', 'US', 'IN', ''][Math.floor(drawn(i, day + 3) * 4)];
    const time = new Date(at).toISOString();
    payments.push(`${name}${i},${card},${amount},${country},${1 + (i % 3)},${time}`);
    if (drawn(i, day + 4) < (amount > 150 ? 0.35 : 0.03) + (country === 'IN' ? 0.1 : 0))
      chargebacks.push(`${name}${i},${card},${time},${new Date(at + 5 * DAY - 60_000).toISOString()}`);
  }
  put(bench.folder, `in/payments-${name}.csv`, `${payments.join('\n')}\n`);
  put(bench.folder, `in/chargebacks-${name}.csv`, `${chargebacks.join('\n')}\n`);
}

export const live = (bench: Bench, asset: string): Version => bench.workspace.state.live(asset) as Version;
