import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Holds, pointInTimeOracle } from '../../src/assets/feature/history/point-in-time.oracle.ts';
import {
  type FeaturesBody,
  type FeatureValue,
  kinds,
  openServing,
  type Prediction,
  predictionLog,
  renamed,
  servedBy,
  type Trace,
  tracePrediction,
} from '../../src/assets/index.ts';
import { DAY, formatInstant, type Instant, type JsonObject } from '../../src/base/index.ts';
import {
  checked,
  type Freshness,
  type Graph,
  graphOf,
  type Node,
  type Project,
  type RunResult,
} from '../../src/graph/index.ts';
import { col, entity, features, files, logistic, model, project, source } from '../../src/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { inZone, putRows, whole } from './features-whole.fixture.ts';
import { CARDS, FIRST_RUN, type Row, SECOND_RUN, someRows } from './features-whole.rows.fixture.ts';
import { newFolder, openBench } from './line.fixture.ts';

// A whole project with every way to declare a feature, run end to end: what a training set holds of an instant is what was served at
// that instant, and what the oracle says. The process's own clock stands in New York, where an hour is missing in March.

process.env['TZ'] = 'America/New_York';

const { payments, questions } = someRows(7);
const graph: Graph = graphOf(whole());
const bodyOf = (name: string): FeaturesBody => graph.nodes.get(name)?.body as FeaturesBody;

function assertWhole({ steps }: RunResult): void {
  for (const { step, outcome, note } of steps) assert.equal(outcome, 'published', `${step.asset}: ${note}`);
}

/** Predictions served from state that was made before, by question. */
const served = new Map<Row, Prediction>();
/** Rows of the training set that was made after. */
const trained = new Map<string, Record<string, unknown>>();

const traces: Trace[] = [];
let freshness: Freshness | undefined;

const nameOf = (card: unknown, at: Instant): string => `${card} at ${formatInstant(at)}`;
const later = questions.filter((row) => (row['asked_at'] as number) > FIRST_RUN);

before(async () => {
  const folder = newFolder();
  putRows(folder, 'data/payments/0.jsonl', payments, ['paid_at', 'seen_at', 'due']);
  putRows(folder, 'data/questions/0.jsonl', questions, ['asked_at', 'due']);
  const first = await openBench(folder, { MILLRACE_CLOCK: formatInstant(FIRST_RUN) });
  try {
    await checked(whole(), kinds, first.workspace.engine);
    const result = await first.run(whole());
    assertWhole(result);
    const { state } = first.workspace;
    const serving = await openServing(graph, first.workspace, servedBy(state.live('ask') as Version));
    try {
      for (const question of later) {
        const { card, shop, terminal, online, amount, due } = question;
        const dueText = due == null ? null : inZone(due as number, served.size);
        const keys = { card, shop, terminal: String(terminal), online: String(online) };
        served.set(
          question,
          await serving.answer({ ...keys, amount, due: dueText } as never, question['asked_at'] as Instant),
        );
      }
    } finally {
      await serving.close();
    }
    const log = await first.workspace.log(predictionLog('ask'));
    const some = [...served.values()].filter((_, i) => i % 12 === 0);
    for (const prediction of some) await log.append(prediction as unknown as JsonObject);
    for (const { id } of some) traces.push(await tracePrediction(graph, first.workspace, id));
  } finally {
    await first.close();
  }
  const second = await openBench(folder, { MILLRACE_CLOCK: formatInstant(SECOND_RUN) });
  try {
    // The labels of then are known by now.
    putRows(
      folder,
      'data/questions/1.jsonl',
      [{ ...(questions[0] as Row), card: 'nobody else' }],
      ['asked_at', 'due'],
    );
    const result = await second.run(whole());
    assertWhole(result);
    const { lake, state, engine } = second.workspace;
    const node = graph.nodes.get('of_card') as Node;
    const kind = kinds.get('features');
    freshness = await kind?.freshness?.(node, state.live('of_card') as Version, second.workspace);
    const unpromised = graph.nodes.get('of_shop') as Node;
    assert.equal(
      await kind?.freshness?.(unpromised, state.live('of_shop') as Version, second.workspace),
      undefined,
    );
    const version = state.live('guess_training') as Version;
    const session = await engine.session();
    try {
      const table = lake.table('guess_training', version.snapshot) as TableState;
      const rows = await session.rows<Record<string, unknown>>(
        `select * replace (epoch_us(asked_at) as asked_at, epoch_us(first_due) as first_due) from ${session.scan(table)}`,
      );
      for (const row of rows) trained.set(nameOf(row['card'], Number(row['asked_at'])), row);
    } finally {
      session.close();
    }
  } finally {
    await second.close();
  }
});

/** What the conditions of the project mean, written out. */
const holds: Holds = (condition, row) => {
  const abroad = row['country'] !== null && row['country'] !== 'DE';
  const text = JSON.stringify(condition);
  if (text.includes('online')) return abroad || row['online'] === true;
  assert.ok(text.includes('country'), text);
  return abroad;
};

const stored = payments.map((row, i): Row => ({ ...row, _row_id: i }));

/** The truth of one lookup about one who is named by these columns. */
function truth(body: FeaturesBody, keys: Row | undefined, t: Instant): Record<string, FeatureValue> {
  const own =
    keys === undefined ? [] : stored.filter((row) => body.entity.keys.every((key) => row[key] === keys[key]));
  return pointInTimeOracle(body, own, t, holds);
}

/** Every lookup of the model for a question. */
function truths(question: Row): Record<string, Record<string, FeatureValue>> {
  const t = question['asked_at'] as Instant;
  const [ofShop, ofTerminal] = [bodyOf('of_shop'), bodyOf('of_terminal')];
  const card = truth(bodyOf('of_card'), question, t);
  const seenBy = (key: string, value: FeatureValue | undefined): Row | undefined =>
    value === null ? undefined : { [key]: value as string };
  return {
    of_card: card,
    of_pair: truth(bodyOf('of_pair'), question, t),
    of_terminal: truth(ofTerminal, question, t),
    of_channel: truth(bodyOf('of_channel'), question, t),
    at_shop: truth(renamed(ofShop, 'shop_'), seenBy('shop', card['last_shop']), t),
    at_terminal: truth(renamed(ofTerminal, 'of_'), seenBy('terminal', card['newest_ever']), t),
  };
}

/** A quantile is within 1 %, and what is below 1e-300 zero. */
function assertValues(
  found: Readonly<Record<string, unknown>>,
  wanted: Record<string, unknown>,
  told: string,
): void {
  const { middle: near, ...rest } = found;
  const { middle: exact, ...others } = wanted;
  assert.deepStrictEqual(rest, others, told);
  if (typeof exact === 'number')
    assert.ok(
      Math.abs((near as number) - exact) <= Math.abs(exact) / 100 + 1e-300,
      `${near} for ${exact}: ${told}`,
    );
  else assert.equal(near, exact, told);
}

test('what is served is what the oracle says: every lookup, through others and with hard names', () => {
  assert.ok(served.size > 100);
  for (const card of CARDS) assert.ok([...served.keys()].some((row) => row['card'] === card));
  for (const [question, { features }] of served)
    for (const [lookup, wanted] of Object.entries(truths(question)))
      assertValues(features[lookup] ?? {}, wanted, `${lookup} ${JSON.stringify(question).slice(0, 200)}`);
});

test('what is trained on is what was served at the same instants', () => {
  for (const [question, { features }] of served) {
    const { card, asked_at } = question;
    const row = trained.get(nameOf(card, asked_at as Instant)) ?? {};
    const { countries: _, dues: __, usual: ___, ...rest } = features['of_card'] ?? {};
    const inputs: Record<string, unknown> = Object.assign(
      {},
      rest,
      ...Object.values({ ...features, of_card: {} }),
    );
    const found = Object.fromEntries(Object.keys(inputs).map((name) => [name, plain(row[name])]));
    assert.deepStrictEqual(found, inputs, nameOf(String(card).slice(0, 20), asked_at as Instant));
  }
});

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

test('a trace finds every value again: lists, vectors and what was looked up through others', () => {
  assert.ok(traces.length > 10);
  for (const { features } of traces) {
    assert.ok(features.length > 40);
    for (const { asset, name, served: then, recomputed, equal } of features)
      assert.ok(equal, `${asset}.${name}: ${JSON.stringify(then)} and ${JSON.stringify(recomputed)}`);
  }
});

test('lists are read by request features, and a list of numbers is inputs', () => {
  let lists = 0;
  for (const [question, { features }] of served) {
    const [card, asked] = [features['of_card'] ?? {}, features['asked'] ?? {}];
    const countries = card['countries'] as string[];
    assert.equal(asked['last_country'], countries[0] ?? null);
    assert.equal(asked['different'], new Set(countries).size);
    assert.equal(asked['shape.0'], question['amount']);
    assert.equal(asked['shape.2'], card['mean_30d']);
    const dues = card['dues'] as number[];
    // A Date has whole milliseconds.
    const seconds = (micros: number | undefined): number => Math.trunc((micros ?? 0) / 1000) / 1000;
    if (dues.length === 2)
      assert.ok(Math.abs((asked['due_apart'] as number) - seconds(dues[0]) + seconds(dues[1])) < 1e-6);
    if (countries.length > 1 && dues.length > 1) lists++;
  }
  assert.ok(lists > 10);
});

test('features are as fresh as the newest row that they know', () => {
  const newest = Math.max(...payments.map((row) => row['paid_at'] as number));
  assert.equal(freshness?.newest, newest);
  assert.equal(freshness?.atMost, DAY);
});

test('the histories are no empty ones', () => {
  const some = (lookup: string, name: string): number =>
    [...served.values()].filter(({ features }) => Boolean(features[lookup]?.[name])).length;
  for (const [lookup, name] of [
    ['of_card', 'n_1m'],
    ['of_card', 'most'],
    ['of_card', 'least'],
    ['of_card', 'abroad'],
    ['of_pair', 'pair_n'],
    ['of_terminal', 'terminal_n'],
    ['of_channel', 'channel_n'],
    ['at_shop', 'shop_n'],
    ['at_terminal', 'of_terminal_mean'],
  ] as const)
    assert.ok(some(lookup, name) > 5, `${lookup}.${name}: ${some(lookup, name)}`);
});

test('labels that name entities by fractions are refused: 7.0 is not the text 7', async () => {
  const views = source('views', {
    from: files('data/views.csv'),
    columns: { item: col.integer(), at: col.timestamp() },
    eventTime: 'at',
  });
  const sold = source('sold', {
    from: files('data/sold.csv'),
    columns: { item: col.double(), at: col.timestamp(), many: col.boolean() },
  });
  const seen = features('seen', {
    entity: entity('item', { key: 'item' }),
    from: views,
    compute: ({ count }) => ({ n: count().over('1d') }),
  });
  const sells = model('sells', {
    labels: { from: sold, target: 'many', at: 'at' },
    inputs: [seen],
    trainer: logistic(),
  });
  const bench = await openBench();
  try {
    const declared = project('p', { views, sold, seen, sells }) as unknown as Project;
    await assert.rejects(checked(declared, kinds, bench.workspace.engine), {
      code: 'MILL_MODEL_LABELS_COLUMN',
      message: /from 'sold', where 'item' is a number with a fraction, which names no entity\./,
    });
  } finally {
    await bench.close();
  }
});
