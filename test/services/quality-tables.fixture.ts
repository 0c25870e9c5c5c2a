import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { InputColumn, RowRange, Task } from '../../src/assets/model/train/index.ts';
import { randomStream } from '../../src/assets/model/train/random.ts';

// Public tables as inputs to train on, each with rows to learn from, to stop by and to be tested on.

export const datasets = fileURLToPath(new URL('../../../shared/datasets/', import.meta.url));

export interface Table {
  readonly columns: readonly InputColumn[];
  readonly target: Float64Array;
  readonly task: Task;
  readonly classes?: readonly string[];
  readonly groups?: Int32Array;
  readonly split: Readonly<Record<'train' | 'validation' | 'test', RowRange>>;
}

function cellsOf(file: string, separator: string | RegExp): string[][] {
  const bytes = readFileSync(datasets + file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) =>
    line
      .trim()
      .split(separator)
      .map((cell) => cell.trim()),
  );
}

const numberColumn = (name: string, cells: readonly string[]): InputColumn => ({
  ...{ name, type: 'number' },
  values: Float64Array.from(cells, (cell) => (cell === '' ? Number.NaN : Number(cell))),
});

function categoryColumn(name: string, cells: readonly string[]): InputColumn {
  const categories = [...new Set(cells)].filter((cell) => cell !== '');
  const code = new Map(categories.map((category, i) => [category, i]));
  return {
    name,
    type: 'category',
    codes: Int32Array.from(cells, (cell) => code.get(cell) ?? -1),
    categories,
  };
}

/** Rows cut at two places. */
const cut = (validation: number, test: number, rows: number): Table['split'] => ({
  train: { from: 0, to: validation },
  validation: { from: validation, to: test },
  test: { from: test, to: rows },
});

/** Rows in an order that the seed alone decides. */
function shuffled<T>(rows: readonly T[], seed: number): T[] {
  const random = randomStream(seed);
  const order = [...rows];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** A table of text cells, by column: its target, what is left out, and what is a category. */
function tableOf(
  rows: readonly (readonly string[])[],
  names: readonly string[],
  says: { target: number; without?: readonly number[]; categories?: readonly number[]; yes?: string },
): Pick<Table, 'columns' | 'target'> {
  const columns = names.flatMap((name, i) => {
    if (i === says.target || says.without?.includes(i)) return [];
    const cells = rows.map((row) => (row[i] === '?' ? '' : row[i]!));
    return [says.categories?.includes(i) ? categoryColumn(name, cells) : numberColumn(name, cells)];
  });
  const { yes } = says;
  const target = Float64Array.from(rows, (row) =>
    yes === undefined ? Number(row[says.target]) : Number(row[says.target]!.startsWith(yes)),
  );
  return { columns, target };
}

/** The official split. The seed orders the rows to learn from, of which the last 15 % are to stop by. */
export function adult(seed: number): Table {
  const train = shuffled(cellsOf('adult-census/adult.data.csv.gz', ','), seed);
  const rows = [...train, ...cellsOf('adult-census/adult.test.csv.gz', ',')];
  const names = rows[0]!.map((_, i) => `c${i}`);
  const table = tableOf(rows, names, { target: 14, categories: [1, 3, 5, 6, 7, 8, 9, 13], yes: '>50K' });
  return { ...table, task: 'binary', split: cut(Math.floor(train.length * 0.85), train.length, rows.length) };
}

/** No official split: of rows in the seed's order 60 % to learn from, 20 % to stop by, 20 % to be tested on. */
function byChance(rows: readonly string[][], seed: number): [string[][], Table['split']] {
  return [
    shuffled(rows, seed),
    cut(Math.floor(rows.length * 0.6), Math.floor(rows.length * 0.8), rows.length),
  ];
}

export function creditDefault(seed: number): Table {
  const [names, ...all] = cellsOf('uci-credit-default/default_of_credit_card_clients.csv.gz', ',');
  const [rows, split] = byChance(all, seed);
  const table = tableOf(rows, names!, { target: 24, without: [0], categories: [2, 3, 4] });
  return { ...table, task: 'binary', split };
}

export function california(seed: number): Table {
  const [names, ...all] = cellsOf('california-housing/housing.csv.gz', ',');
  const [rows, split] = byChance(all, seed);
  return { ...tableOf(rows, names!, { target: 8, categories: [9] }), task: 'regression', split };
}

/** Sensors and the product's type; the five kinds of failure would tell the answer. */
export function machineFailures(seed: number): Table {
  const [names, ...all] = cellsOf('ai4i-2020/ai4i2020.csv', ',');
  const [rows, split] = byChance(all, seed);
  const table = tableOf(rows, names!, { target: 8, without: [0, 1, 9, 10, 11, 12, 13], categories: [2] });
  return { ...table, task: 'binary', split };
}

/** LightGBM's own examples, of 7,000 rows and 500; the seed orders all of them, since 500 rows tell 0.02 of AUC apart and no less. */
export function lightgbmExample(name: 'binary' | 'regression', seed: number): Table {
  const folder = `lightgbm-examples/${name === 'binary' ? 'binary_classification' : name}/${name}`;
  const [rows, split] = byChance(
    [...cellsOf(`${folder}.train.gz`, '\t'), ...cellsOf(`${folder}.test`, '\t')],
    seed,
  );
  const names = rows[0]!.map((_, i) => `x${i}`);
  return { ...tableOf(rows, names, { target: 0 }), task: name, split };
}

/** LightGBM's example of five classes, its rows ordered by the seed. */
export function fiveClasses(seed: number): Table {
  const folder = 'lightgbm-examples/multiclass_classification/multiclass';
  const all = [...cellsOf(`${folder}.train.gz`, '\t'), ...cellsOf(`${folder}.test`, '\t')];
  const [rows, split] = byChance(all, seed);
  const names = rows[0]!.map((_, i) => `x${i}`);
  return {
    ...tableOf(rows, names, { target: 0 }),
    task: 'multiclass',
    classes: ['0', '1', '2', '3', '4'],
    split,
  };
}

/** LightGBM's example of an order: 251 queries, in the seed's order 60 % to learn from, 20 % to stop by, 20 % to be tested on. */
export function orders(seed: number): Table {
  const folder = 'lightgbm-examples/lambdarank/rank';
  const queries = ['train', 'test'].flatMap((part) => {
    const rows = cellsOf(`${folder}.${part}.gz`, /\s+/);
    return cellsOf(`${folder}.${part}.query`, /\s+/).map(([size]) => rows.splice(0, Number(size)));
  });
  const order = shuffled(queries, seed);
  const rows = order.flat();
  const cells = rows.map(
    (row) => new Map(row.slice(1).map((cell) => cell.split(':').map(Number) as [number, number])),
  );
  const width = Math.max(...cells.map((row) => Math.max(...row.keys())));
  const until = (share: number): number => order.slice(0, Math.floor(order.length * share)).flat().length;
  return {
    columns: Array.from({ length: width }, (_, i) => ({
      ...{ name: `x${i + 1}`, type: 'number' },
      values: Float64Array.from(cells, (row) => row.get(i + 1) ?? 0),
    })),
    target: Float64Array.from(rows, (row) => Number(row[0])),
    task: 'ranking',
    groups: Int32Array.from(order.flatMap((query, i) => query.map(() => i))),
    split: cut(until(0.6), until(0.8), rows.length),
  };
}

/**
 * How many cycles an engine has left, at most 125 as is usual: of each sensor the value, its means over 5 and 20 cycles, and what it was 10 cycles ago.
 * Learnt from 80 engines, stopped by 20, which the seed chooses; the official test asks once for each of 100 others.
 */
export function turbofan(seed: number): Table {
  const MOST = 125;
  const left = cellsOf('cmapss-turbofan/RUL_FD001.txt.gz', /\s+/).map(([cycles]) => Number(cycles));
  const engines = (file: string): number[][][] => {
    const units: number[][][] = [];
    for (const cells of cellsOf(file, /\s+/)) {
      units[Number(cells[0]) - 1] ??= [];
      units[Number(cells[0]) - 1]!.push(cells.slice(1).map(Number));
    }
    return units;
  };
  const features = (unit: readonly number[][], at: number): number[] => {
    const mean = (over: number, i: number): number => {
      const rows = unit.slice(Math.max(0, at + 1 - over), at + 1);
      return rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length;
    };
    return unit[at]!.flatMap((value, i) =>
      i === 0 ? [value] : [value, mean(5, i), mean(20, i), unit[at - 10]?.[i] ?? Number.NaN],
    );
  };
  const run = shuffled(engines('cmapss-turbofan/train_FD001.txt.gz'), seed);
  const rowsOf = (units: readonly number[][][]): [number[], number][] =>
    units.flatMap((unit) =>
      unit.map((_, at): [number[], number] => [features(unit, at), Math.min(MOST, unit.length - 1 - at)]),
    );
  const train = rowsOf(run.slice(0, 80));
  const validation = rowsOf(run.slice(80));
  const test = engines('cmapss-turbofan/test_FD001.txt.gz').map((unit, i): [number[], number] => [
    features(unit, unit.length - 1),
    Math.min(MOST, left[i]!),
  ]);
  const rows = [...train, ...validation, ...test];
  return {
    columns: rows[0]![0].map((_, i) => ({
      ...{ name: `f${i}`, type: 'number' },
      values: Float64Array.from(rows, ([cells]) => cells[i]!),
    })),
    target: Float64Array.from(rows, ([, cycles]) => cycles),
    task: 'regression',
    split: cut(train.length, train.length + validation.length, rows.length),
  };
}
