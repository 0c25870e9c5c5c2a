import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  col,
  entity,
  features,
  files,
  type Project,
  project,
  source,
  through,
  trainingSet,
} from '../../src/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';

const events = source('events', {
  from: files('events.csv'),
  columns: { id: col.string(), user: col.string(), shop: col.string(), at: col.timestamp() },
  key: 'id',
  eventTime: 'at',
});
const labels = source('labels', {
  from: files('labels*.csv'),
  columns: { user: col.string(), t: col.timestamp(), y: col.double() },
});
const users = features('users', {
  entity: entity('user', { key: 'user' }),
  from: events,
  compute: ({ count, last }) => ({ n: count().over('30d'), shop: last('shop').over('lifetime') }),
});
const shops = features('shops', {
  entity: entity('shop', { key: 'shop' }),
  from: events,
  compute: ({ count }) => ({ just: count().over('1h', { hop: 'exact' }), ever: count().over('lifetime') }),
});
const last = through('last', { by: users, feature: 'shop', look: shops, prefix: 'of_' });
const asked = trainingSet('asked', {
  labels: { from: labels, target: 'y', at: 't' },
  inputs: [users, last],
  leakage: 'block',
});
const shop = project('shop', { events, labels, users, shops, last, asked }) as unknown as Project;

const day = (n: number, hour = 0): string => new Date(Date.UTC(2025, 0, 1 + n, hour)).toISOString();
const lines = (head: string, of: (n: number) => string): string =>
  `${head}\n${Array.from({ length: 120 }, (_, n) => of(n)).join('\n')}\n`;

describe('a training set and what is amiss with what it is made of', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
    put(
      bench.folder,
      'events.csv',
      lines('id,user,shop,at', (n) => `e${n},u${n % 5},s${n % 3},${day(n)}`),
    );
    put(
      bench.folder,
      'labels.csv',
      lines('user,t,y', (n) => `u${n % 5},${day(n + 5, 12)},${(n * 7) % 11}`),
    );
  });
  after(() => bench.close());

  test('a feature that is looked up through another one is suspected where no row has it', async () => {
    const { steps } = await bench.run(shop);
    const [step] = steps.filter((one) => one.step.asset === 'asked');
    const found = step?.checks.filter(({ name, passed }) => !passed && name.endsWith('in time'));
    assert.deepEqual(
      found?.map(({ name, observed }) => [name, observed]),
      [
        [
          'leakage: of_just in time',
          'empty in every row: no row of events was in its window of 1h and known when it was asked for',
        ],
      ],
    );
  });

  test('labels of instants at which nothing is known are counted, and refused', async () => {
    put(bench.folder, 'labels-old.csv', 'user,t,y\nu1,1650-01-01T00:00:00Z,1\nu1,0001-01-01T00:00:00Z,1\n');
    const { steps } = await bench.run(shop);
    const [step] = steps.filter((one) => one.step.asset === 'asked');
    assert.deepEqual(
      step?.problems.map(({ code, message }) => [code, message]),
      [
        [
          'MILL_TRAINING_SET_INSTANTS',
          '2 of 122 rows of labels have an entry of t before 1700 or from 2255 on: nothing is known as of then.',
        ],
      ],
    );
  });
});
