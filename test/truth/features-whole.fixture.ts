import type { Project } from '../../src/graph/index.ts';
import {
  col,
  endpoint,
  entity,
  features,
  files,
  logistic,
  model,
  project,
  requestFeatures,
  source,
  through,
} from '../../src/index.ts';
import type { Row } from './features-whole.rows.fixture.ts';
import { put } from './line.fixture.ts';

/** Every way to declare a feature, over entities of every sort, and what reads them. */
export function whole(): Project {
  const payments = source('payments', {
    from: files('data/payments/*.jsonl'),
    columns: {
      payment_id: col.integer(),
      card: col.string().nullable(),
      shop: col.string().nullable(),
      terminal: col.integer(),
      online: col.boolean(),
      amount: col.double().nullable(),
      country: col.string().nullable(),
      due: col.timestamp().nullable(),
      paid_at: col.timestamp(),
      seen_at: col.timestamp().nullable(),
    },
    key: 'payment_id',
    eventTime: 'paid_at',
    availableAt: 'seen_at',
  });
  const questions = source('questions', {
    from: files('data/questions/*.jsonl'),
    columns: {
      card: col.string(),
      shop: col.string(),
      terminal: col.integer(),
      online: col.boolean(),
      amount: col.double(),
      due: col.timestamp().nullable(),
      asked_at: col.timestamp(),
      answer: col.boolean(),
    },
  });
  const ofCard = features('of_card', {
    entity: entity('card', { key: 'card' }),
    from: payments,
    fresh: '1d',
    compute: (a) => ({
      n_1m: a.count().over('1m'),
      n_ever: a.count().over('lifetime'),
      ...a.sum('amount').each('spent', ['1h', '7d', 'lifetime']),
      mean_30d: a.mean('amount').over('30d'),
      variance_7d: a.variance('amount').over('7d'),
      stddev_7d: a.stddev('amount').over('7d'),
      least: a.min('amount').over('12h', { hop: 'exact' }),
      most: a.max('amount').over('2d', { endingBefore: '1d' }),
      middle: a.quantile('amount', 0.5).over('30d'),
      shops: a.distinct('shop').over('30d'),
      last_shop: a.last('shop').over('30d'),
      first_due: a.first('due').over('lifetime'),
      countries: a.lastK('country', 3).over('30d'),
      dues: a.lastK('due', 2).over('30d'),
      usual: a.topK('shop', 2).over('lifetime'),
      abroad: a.share(a.row.country.isNot('DE')).over('7d'),
      since: a.sinceLast().over('30d'),
      newest: a.latest('amount', { within: '36h' }),
      newest_ever: a.latest('terminal'),
      spent_abroad: a
        .sum('amount')
        .where(a.row.country.isNot('DE').or(a.row.online.is(true)))
        .over('7d'),
      per_payment: a.ratio(a.sum('amount').over('7d'), a.count().over('7d')),
      rise: a.difference(a.mean('amount').over('1d'), a.mean('amount').over('30d')),
      both: a.plus(a.count().over('1h'), 0.5),
      scaled: a.times(a.ratio(a.count().over('1d'), a.count().over('30d')), 100),
    }),
  });
  const ofShop = features('of_shop', {
    entity: entity('shop', { key: 'shop' }),
    from: payments,
    compute: ({ count, sum, last }) => ({
      n: count().over('7d'),
      spent: sum('amount').over('lifetime'),
      terminal: last('terminal').over('30d'),
    }),
  });
  const ofPair = features('of_pair', {
    entity: entity('pair', { key: ['card', 'shop'] }),
    from: payments,
    compute: ({ count, last }) => ({
      pair_n: count().over('lifetime'),
      pair_amount: last('amount').over('30d'),
    }),
  });
  const ofTerminal = features('of_terminal', {
    entity: entity('terminal', { key: 'terminal' }),
    from: payments,
    compute: ({ count, mean }) => ({
      terminal_n: count().over('30d'),
      terminal_mean: mean('amount').over('30d'),
    }),
  });
  const ofChannel = features('of_channel', {
    entity: entity('channel', { key: 'online' }),
    from: payments,
    compute: ({ count }) => ({ channel_n: count().over('1d') }),
  });
  // Of a card its last shop, and of that shop its last terminal.
  const atShop = through('at_shop', { by: ofCard, feature: 'last_shop', look: ofShop, prefix: 'shop_' });
  const atTerminal = through('at_terminal', {
    by: ofCard,
    feature: 'newest_ever',
    look: ofTerminal,
    prefix: 'of_',
  });
  const asked = requestFeatures('asked', {
    request: { amount: col.double(), due: col.timestamp().nullable() },
    uses: { card: ofCard, at: atShop },
    compute: ({ request, card, at }) => ({
      above_newest: card.newest === null ? null : request.amount > card.newest,
      at_usual: card.last_shop !== null && card.usual.includes(card.last_shop),
      last_country: card.countries[0] ?? null,
      due_ms: request.due === null ? null : request.due.getTime(),
      different: new Set(card.countries).size,
      due_apart:
        card.dues.length < 2
          ? null
          : ((card.dues[0] as Date).getTime() - (card.dues[1] as Date).getTime()) / 1000,
      shop_share: at.shop_spent === 0 ? null : request.amount / at.shop_spent,
      shape: [request.amount, Math.log1p(Math.abs(request.amount)), card.mean_30d ?? Number.NaN],
    }),
  });
  const guess = model('guess', {
    labels: { from: questions, target: 'answer', at: 'asked_at' },
    inputs: [ofCard, ofPair, ofTerminal, ofChannel, atShop, atTerminal, asked],
    trainer: logistic({ iterations: 3 }),
  });
  return project('whole', {
    payments,
    questions,
    ofCard,
    ofShop,
    ofPair,
    ofTerminal,
    ofChannel,
    atShop,
    atTerminal,
    asked,
    guess,
    ask: endpoint('ask', { model: guess }),
  }) as unknown as Project;
}

/** Rows as a file of JSON lines; instants as texts, in some zone or other. */
export function putRows(
  folder: string,
  path: string,
  rows: readonly Row[],
  instants: readonly string[],
): void {
  const lines = rows.map((row, i) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          instants.includes(name) && value !== null ? inZone(value as number, i) : value,
        ]),
      ),
    ),
  );
  put(folder, path, `${lines.join('\n')}\n`);
}

/** An instant with an offset from UTC, to the microsecond. */
export function inZone(micros: number, i: number): string {
  const hours = [0, 1, -5, 9][i % 4] as number;
  const local = Math.floor(micros / 1000) + hours * 3_600_000;
  const text =
    new Date(local).toISOString().slice(0, -1) + String(((micros % 1000) + 1000) % 1000).padStart(3, '0');
  const sign = hours < 0 ? '-' : '+';
  return `${text}${sign}${String(Math.abs(hours)).padStart(2, '0')}:00`;
}
