import type { Trainer } from '../../src/assets/index.ts';
import {
  baseline,
  col,
  entity,
  factorization,
  features,
  files,
  gbdt,
  isolationForest,
  linear,
  logistic,
  model,
  type Project,
  project,
  requestFeatures,
  search,
  source,
  space,
  trainingSet,
} from '../../src/index.ts';
import { type Bench, put } from './line.fixture.ts';

// Visits of a shop, from which every task can be learnt, and every trainer on each of its tasks.

/** What is asked of a visit: whether it ends in a purchase, also with some of the visits that do not, or with most of them held out to calibrate by; of which size it is, what it costs, and which of a basket's is wanted most. */
type Asked = 'bought' | 'bought_some' | 'bought_later' | 'size' | 'spent' | 'grade';

export interface Case {
  readonly asked: Asked;
  readonly trainer: Trainer;
  readonly calibrate?: 'sigmoid' | 'isotonic' | 'temperature';
}

const few = { trees: 8, minLeafRows: 5 } as const;
const pairs = { user: ['visitor'], item: ['item', 'amount'], factors: 4, epochs: 4 };

/** Every trainer that there is here, on every task of its own, with what could make two trainings differ. A new one has its lines here. */
export const CASES: Readonly<Record<string, Case>> = {
  gbdt_binary: { asked: 'bought', trainer: gbdt(few) },
  gbdt_sampled: {
    asked: 'bought',
    trainer: gbdt({ ...few, rowSample: 0.7, columnSample: 0.7, columnSampleByNode: 0.7, grow: 'depth' }),
  },
  gbdt_one_thread: { asked: 'bought', trainer: gbdt({ ...few, threads: 1 }) },
  gbdt_two_threads: { asked: 'bought', trainer: gbdt({ ...few, threads: 2 }) },
  gbdt_monotone: { asked: 'bought', trainer: gbdt({ ...few, monotone: { amount: 'increasing' } }) },
  gbdt_class_weights: { asked: 'bought', trainer: gbdt({ ...few, classWeights: 'balanced' }) },
  gbdt_row_weights: { asked: 'bought_some', trainer: gbdt(few) },
  gbdt_sigmoid: { asked: 'bought', trainer: gbdt(few), calibrate: 'sigmoid' },
  gbdt_isotonic: { asked: 'bought_later', trainer: gbdt(few), calibrate: 'isotonic' },
  gbdt_classes: { asked: 'size', trainer: gbdt({ ...few, classWeights: { s: 2 } }) },
  gbdt_classes_temperature: { asked: 'size', trainer: gbdt(few), calibrate: 'temperature' },
  gbdt_regression: { asked: 'spent', trainer: gbdt(few) },
  gbdt_median: { asked: 'spent', trainer: gbdt({ ...few, objective: 'absolute' }) },
  gbdt_quantile: { asked: 'spent', trainer: gbdt({ ...few, quantile: 0.8 }) },
  gbdt_poisson: { asked: 'spent', trainer: gbdt({ ...few, objective: 'poisson' }) },
  gbdt_ranking: { asked: 'grade', trainer: gbdt(few) },
  logistic_binary: {
    asked: 'bought',
    trainer: logistic({ l1: 0.1, splines: { amount: 4 }, iterations: 20 }),
    calibrate: 'temperature',
  },
  logistic_row_weights: { asked: 'bought_some', trainer: logistic({ bins: true }) },
  logistic_classes: { asked: 'size', trainer: logistic({ iterations: 10 }) },
  linear_regression: {
    asked: 'spent',
    trainer: linear({ l1: 0.1, l2: 1, splines: { amount: 4 }, iterations: 20 }),
  },
  isolation_forest: { asked: 'bought', trainer: isolationForest({ trees: 20 }) },
  factorization_binary: { asked: 'bought', trainer: factorization(pairs) },
  factorization_bpr: { asked: 'bought', trainer: factorization({ ...pairs, loss: 'bpr' }) },
  factorization_regression: { asked: 'spent', trainer: factorization(pairs) },
  factorization_ranking: { asked: 'grade', trainer: factorization(pairs) },
  baseline_binary: { asked: 'bought', trainer: baseline({ by: 'country' }) },
  baseline_classes: { asked: 'size', trainer: baseline() },
  baseline_regression: { asked: 'spent', trainer: baseline({ value: 'amount' }) },
  baseline_ranking: { asked: 'grade', trainer: baseline({ by: 'item' }) },
  search_tpe: {
    asked: 'bought',
    trainer: search(gbdt, { ...few, depth: space.int(1, 6), rate: space.float(0.05, 0.5) }, { trials: 4 }),
  },
  search_folds: {
    asked: 'spent',
    trainer: search(
      linear,
      { l2: space.float(0.1, 10, { log: true }) },
      { trials: 3, suggest: 'random', halving: true, folds: { folds: 2, by: 'time' } },
    ),
  },
};

/** Visits, and a model for each case. */
export function visited(cases: Readonly<Record<string, Case>>): Project {
  const visits = source('visits', {
    from: files('visits*.csv'),
    columns: {
      id: col.string(),
      visitor: col.string(),
      item: col.string(),
      basket: col.string(),
      city: col.string(),
      amount: col.double().nullable(),
      country: col.string().nullable(),
      at: col.timestamp(),
      bought: col.boolean(),
      size: col.string(),
      spent: col.double(),
      grade: col.integer(),
    },
    key: 'id',
    eventTime: 'at',
  });
  const where = entity('where', { key: 'city' });
  const habits = features('habits', {
    entity: where,
    from: visits,
    compute: ({ count, mean }) => ({ visits: count().over('7d'), usual: mean('amount').over('7d') }),
  });
  const now = requestFeatures('now', {
    request: {
      visitor: col.string(),
      item: col.string(),
      amount: col.double().nullable(),
      country: col.string().nullable(),
    },
    compute: ({ request }) => ({ ...request }),
  });
  const inputs = [habits, now] as const;
  const at = 'at';
  const rows = {
    bought: trainingSet('bought_rows', { labels: { from: visits, target: 'bought', at }, inputs }),
    bought_some: trainingSet('bought_some_rows', {
      labels: { from: visits, target: 'bought', at },
      inputs,
      negatives: { share: 0.5 },
    }),
    bought_later: trainingSet('bought_later_rows', {
      labels: { from: visits, target: 'bought', at },
      inputs,
      split: { train: 0.2, validation: 0.7 },
    }),
    size: trainingSet('size_rows', { labels: { from: visits, target: 'size', at }, inputs }),
    spent: trainingSet('spent_rows', { labels: { from: visits, target: 'spent', at }, inputs }),
    grade: trainingSet('grade_rows', {
      labels: { from: visits, target: 'grade', at, group: 'basket' },
      inputs,
    }),
  };
  const models = Object.entries(cases).map(([name, { asked, trainer, calibrate }]) => [
    name,
    model(name, { from: rows[asked] as typeof rows.bought, trainer, ...(calibrate ? { calibrate } : {}) }),
  ]);
  return project('visited', {
    ...{ visits, where, habits, now, ...rows },
    ...Object.fromEntries(models),
  }) as unknown as Project;
}

/** A number in [0, 1) that looks random. */
function drawn(a: number, b: number): number {
  const x = Math.sin(a * 12.9898 + b * 78.233) * 43_758.5453;
  return x - Math.floor(x);
}

/** `rows` visits, one every 40 minutes, six to a basket. */
export function putVisits(bench: Bench, rows: number): void {
  const lines = ['id,visitor,item,basket,city,amount,country,at,bought,size,spent,grade'];
  // Cities enough for intervals: of fewer than 10 entities none is told.
  for (let i = 0; i < rows; i++) {
    const [visitor, item] = [Math.floor(drawn(i, 1) * 15), Math.floor(drawn(i, 2) * 12)];
    const amount = Math.round(drawn(i, 3) * 1_000) / 10;
    const country = ['DE', 'US', 'IN', ''][Math.floor(drawn(i, 4) * 4)];
    const score = amount / 50 + (item % 3) - (visitor % 3) / 2 + drawn(i, 5) - 1.5;
    const size = score < 0 ? 's' : score < 1 ? 'm' : 'l';
    const at = new Date(Date.UTC(2026, 0, 1) + i * 2_400_000).toISOString();
    const grade = Math.max(0, Math.min(2, Math.round(score)));
    lines.push(
      `v${i},u${visitor},i${item},b${Math.floor(i / 6)},c${i % 24},${i % 13 === 0 ? '' : amount},${country},${at},${score > 0.7},${size},${Math.max(0, Math.round(10 * score))},${grade}`,
    );
  }
  put(bench.folder, 'visits.csv', `${lines.join('\n')}\n`);
}
