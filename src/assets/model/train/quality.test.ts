import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  createGbdt,
  createLinear,
  createLogistic,
  type FitInput,
  type FittedHere,
  type InputColumn,
  type Trainer,
} from './index.ts';
import { groupBounds, ndcg } from './ndcg.ts';

const datasets = fileURLToPath(new URL('../../../../../shared/datasets/', import.meta.url));
const skip = existsSync(datasets) ? false : 'no ../shared/datasets';

function cellsOf(file: string, separator: string): string[][] {
  const bytes = readFileSync(datasets + file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.split(separator).map((cell) => cell.trim()));
}

const number = (name: string, cells: readonly string[]): InputColumn => ({
  name,
  type: 'number',
  values: Float64Array.from(cells, (cell) => (cell === '' ? Number.NaN : Number(cell))),
});

function category(name: string, cells: readonly string[]): InputColumn {
  const categories = [...new Set(cells)];
  const code = new Map(categories.map((category, i) => [category, i]));
  return { name, type: 'category', codes: Int32Array.from(cells, (cell) => code.get(cell)!), categories };
}

/** Area under the ROC curve by mid-ranks. */
function rocAuc(target: Float64Array, p: Float64Array): number {
  const order = [...p.keys()].sort((a, b) => p[a]! - p[b]!);
  let ranks = 0;
  let positives = 0;
  for (let i = 0, end = 0; i < order.length; i = end) {
    while (end < order.length && p[order[end]!] === p[order[i]!]) end++;
    for (const row of order.slice(i, end)) {
      ranks += target[row]! * ((i + 1 + end) / 2);
      positives += target[row]!;
    }
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (order.length - positives));
}

/** Trains on rows before `train`, stops by those before `test`, and predicts the rest. */
async function predictRest(
  trainer: Trainer<FittedHere>,
  columns: readonly InputColumn[],
  target: Float64Array,
  task: FitInput['task'],
  train: number,
  test: number,
): Promise<[target: Float64Array, predicted: Float64Array]> {
  const fitted = await trainer.fit({
    columns,
    target,
    task,
    train: { from: 0, to: train },
    validation: { from: train, to: test },
    seed: 1,
  });
  return [target.subarray(test), fitted.predict(columns).subarray(test)];
}

function adult(): { columns: InputColumn[]; target: Float64Array; test: number } {
  const train = cellsOf('adult-census/adult.data.csv.gz', ',');
  const rows = [...train, ...cellsOf('adult-census/adult.test.csv.gz', ',')];
  const numbers = [0, 2, 4, 10, 11, 12];
  const columns = Array.from({ length: 14 }, (_, i) => {
    const cells = rows.map((row) => (row[i] === '?' ? '' : row[i]!));
    return numbers.includes(i) ? number(`c${i}`, cells) : category(`c${i}`, cells);
  });
  const target = Float64Array.from(rows, (row) => (row[14]!.startsWith('>50K') ? 1 : 0));
  return { columns, target, test: train.length };
}

// scikit-learn's HistGradientBoosting reaches 0.9271 on this split; ours 0.9269.
test('adult census, official split: ROC-AUC of trees at least 0.924, of logistic regression 0.90', {
  skip,
}, async () => {
  const { columns, target, test } = adult();
  const trees = rocAuc(...(await predictRest(createGbdt(), columns, target, 'binary', 28_000, test)));
  assert.ok(trees >= 0.924, `${trees}`);
  const linear = rocAuc(...(await predictRest(createLogistic(), columns, target, 'binary', 28_000, test)));
  assert.ok(linear >= 0.9, `${linear}`);
});

// HistGradientBoosting: 0.8333.
test("LightGBM's binary example: ROC-AUC about 0.83", { skip }, async () => {
  const folder = 'lightgbm-examples/binary_classification/';
  const train = cellsOf(`${folder}binary.train.gz`, '\t');
  const rows = [...train, ...cellsOf(`${folder}binary.test`, '\t')];
  const columns = Array.from({ length: 28 }, (_, i) =>
    number(
      `x${i}`,
      rows.map((row) => row[i + 1]!),
    ),
  );
  const target = Float64Array.from(rows, (row) => Number(row[0]));
  const [wanted, p] = await predictRest(createGbdt(), columns, target, 'binary', 6000, train.length);
  const auc = rocAuc(wanted, p);
  assert.ok(auc >= 0.815 && auc <= 0.87, `${auc}`);
});

function housing(): { columns: InputColumn[]; target: Float64Array } {
  const [header, ...inOrder] = cellsOf('california-housing/housing.csv.gz', ',');
  // The file is ordered by place; every row's successor is 7,919 (a prime) rows on.
  const rows = inOrder.map((_, i) => inOrder[(i * 7919) % inOrder.length]!);
  const columns = header!.flatMap((name, i) => {
    const cells = rows.map((row) => row[i]!);
    if (name === 'median_house_value') return [];
    return [name === 'ocean_proximity' ? category(name, cells) : number(name, cells)];
  });
  return { columns, target: Float64Array.from(rows, (row) => Number(row[8])) };
}

// HistGradientBoosting, 5 folds: RMSE 47,497.
test('California housing: RMSE of trees below 50,000, of ridge regression below 72,000', {
  skip,
}, async () => {
  const { columns, target } = housing();
  const rmse = async (trainer: Trainer<FittedHere>): Promise<number> => {
    const [wanted, value] = await predictRest(trainer, columns, target, 'regression', 14_000, 16_500);
    return Math.sqrt(value.reduce((sum, v, i) => sum + (v - wanted[i]!) ** 2, 0) / value.length);
  };
  const trees = await rmse(createGbdt());
  assert.ok(trees < 50_000, `${trees}`);
  const linear = await rmse(createLinear());
  assert.ok(linear < 72_000 && linear > trees, `${linear}`);
});

// From here on, what LightGBM is said to reach is LightGBM 4.7.0 on the same rows with equal parameters: rate 0.1, 31 leaves, depth 6, l2 1, at least
// 20 rows in a leaf, stopped when 30 rounds brought nothing.

const lightgbm = 'lightgbm-examples/';

/** One of LightGBM's examples: the first `train` rows of its training file to learn from, the rest to stop by, its test file to predict. */
function example(name: string): { columns: InputColumn[]; target: Float64Array; test: number } {
  const rows = cellsOf(`${lightgbm}${name}.train.gz`, '\t');
  const test = rows.length;
  rows.push(...cellsOf(`${lightgbm}${name}.test`, '\t'));
  const columns = Array.from({ length: rows[0]!.length - 1 }, (_, i) =>
    number(
      `x${i}`,
      rows.map((row) => row[i + 1]!),
    ),
  );
  return { columns, target: Float64Array.from(rows, (row) => Number(row[0])), test };
}

const meanOf = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;

// LightGBM with 100 rounds: 1.300; ours 1.305. (With 300: 1.203, ours 1.198.)
test("LightGBM's example of five classes: log loss", { skip }, async () => {
  const { columns, target, test } = example('multiclass_classification/multiclass');
  const classes = ['0', '1', '2', '3', '4'];
  const fitted = await createGbdt({ trees: 100 }).fit({
    ...{ columns, target, task: 'multiclass', classes, seed: 1 },
    train: { from: 0, to: 6000 },
    validation: { from: 6000, to: test },
  });
  const p = fitted.predict(columns);
  const loss = meanOf(target.subarray(test).map((y, i) => -Math.log(p[5 * (test + i) + y]!)));
  assert.ok(loss < 1.312, `${loss}`);
});

// LightGBM: 0.4198; ours 0.4181.
test("LightGBM's example of a number: RMSE", { skip }, async () => {
  const { columns, target, test } = example('regression/regression');
  const [wanted, value] = await predictRest(createGbdt(), columns, target, 'regression', 6000, test);
  const rmse = Math.sqrt(meanOf(value.map((v, i) => (v - wanted[i]!) ** 2)));
  assert.ok(rmse < 0.424, `${rmse}`);
});

// LightGBM: pinball loss 9,108 and a share of 0.856 below; ours 9,101 and 0.859. (The first decile: 6,305, ours 6,285.)
test('California housing: the ninth decile', { skip }, async () => {
  const { columns, target } = housing();
  const trainer = createGbdt({ quantile: 0.9 });
  const [wanted, value] = await predictRest(trainer, columns, target, 'regression', 14_000, 16_500);
  const above = wanted.map((y, i) => y - value[i]!);
  const pinball = meanOf(above.map((by) => Math.max(0.9 * by, -0.1 * by)));
  const below = above.filter((by) => by <= 0).length / above.length;
  assert.ok(pinball < 9200, `${pinball}`);
  assert.ok(Math.abs(below - 0.9) < 0.05, `${below}`);
});

// LightGBM with 100 rounds: mean Poisson deviance 19.90; ours 20.10.
test('rentals of bicycles by the hour: Poisson deviance', { skip }, async () => {
  const [header, ...inOrder] = cellsOf('bike-sharing/hour.csv', ',');
  const rows = inOrder.map((_, i) => inOrder[(i * 7919) % inOrder.length]!);
  const names = 'season mnth hr holiday weekday workingday weathersit temp atemp hum windspeed'.split(' ');
  const columns = names.map((name) =>
    number(
      name,
      rows.map((row) => row[header!.indexOf(name)]!),
    ),
  );
  const target = Float64Array.from(rows, (row) => Number(row[header!.indexOf('cnt')]));
  const trainer = createGbdt({ objective: 'poisson', trees: 100 });
  const [wanted, rate] = await predictRest(trainer, columns, target, 'regression', 12_000, 14_000);
  const deviance = 2 * meanOf(wanted.map((y, i) => y * Math.log(y / rate[i]!) - y + rate[i]!));
  assert.ok(deviance < 20.4, `${deviance}`);
});

function ranked(): { columns: InputColumn[]; target: Float64Array; groups: Int32Array; test: number } {
  const files = ['train', 'test'] as const;
  const lines = files.map((file) => cellsOf(`${lightgbm}lambdarank/rank.${file}.gz`, ' '));
  const all = lines.flat();
  const values = Array.from({ length: 301 }, () => new Float64Array(all.length));
  all.forEach(([, ...cells], row) => {
    for (const cell of cells) {
      const [column, value] = cell.split(':');
      values[Number(column)]![row] = Number(value);
    }
  });
  const sizes = files.flatMap((file) => cellsOf(`${lightgbm}lambdarank/rank.${file}.query`, ' '));
  return {
    columns: values.map((own, i) => ({ name: `x${i}`, type: 'number', values: own })),
    target: Float64Array.from(all, (cells) => Number(cells[0])),
    groups: Int32Array.from(sizes.flatMap(([size], group) => new Array<number>(Number(size)).fill(group))),
    test: lines[0]!.length,
  };
}

// LightGBM: NDCG 0.671 within 5 places and 0.734 within 10 (0.756 at rate 0.05); ours 0.671 and 0.756. There are but 50 groups to judge by.
test("LightGBM's example of an order: NDCG", { skip }, async () => {
  const { columns, target, groups, test } = ranked();
  const fitted = await createGbdt().fit({
    ...{ columns, target, groups, task: 'ranking', seed: 1 },
    train: { from: 0, to: 2399 },
    validation: { from: 2399, to: test },
  });
  const scores = fitted.predict(columns);
  const bounds = groupBounds(groups, test, target.length).map((bound) => test + bound);
  const at = (places: number): number => {
    const each = bounds.slice(1).map((end, i) => {
      const start = bounds[i]!;
      return ndcg(target.subarray(start, end), scores.subarray(start, end), places);
    });
    return meanOf(Float64Array.from(each));
  };
  assert.equal(bounds.length, 51);
  assert.ok(at(5) > 0.65, `${at(5)}`);
  assert.ok(at(10) > 0.73, `${at(10)}`);
});
