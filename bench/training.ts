import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { InputColumn } from '../src/assets/model/train/index.ts';
import { randomStream } from '../src/assets/model/train/random.ts';
import { type JobUse, job } from './job.ts';
import { load, machine } from './machine.ts';
import { benchPython } from './python.ts';
import { type Result, report, result, write } from './results.ts';
import { PASSIVE, writeColumns, writeRows } from './training-matrix.ts';
import type { TrainingOrder } from './training-ours.ts';

// `npm run bench -- training`: our trees beside LightGBM, with the same parameters and threads, each training in a process of its own.
//   --write       adds the results to bench/RESULTS.md
//   --rows N      of the generated table; default 1,000,000
//   --trees N     on it; default 100
//   --threads N   default 2
//   --rounds N    ours and theirs by turns; default 3. The shortest time of each counts: what others do to the machine only adds
//   --only WORD   generated or adult

const { values } = parseArgs({
  options: {
    write: { type: 'boolean' },
    rows: { type: 'string', default: '1000000' },
    trees: { type: 'string', default: '100' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const threads = Number(values.threads);

interface Table {
  readonly columns: readonly InputColumn[];
  readonly target: Float64Array;
  readonly split: TrainingOrder['split'];
  readonly options: TrainingOrder['options'];
}

/** 30 columns: numbers of many values and of 20, and five of categories, 12 to 300; one cell in 20 is missing. */
function generated(rows: number): Table {
  const random = randomStream(7);
  const score = new Float64Array(rows);
  const columns = Array.from({ length: 30 }, (_, c): InputColumn => {
    const name = `c${c}`;
    if (c % 6 === 5) {
      const categories = Array.from({ length: [12, 40, 100, 200, 300][(c - 5) / 6]! }, (_, k) => `v${k}`);
      const codes = Int32Array.from(score, () =>
        random() < 0.05 ? -1 : Math.floor(categories.length * random() * random()),
      );
      codes.forEach((code, row) => {
        score[row]! += Math.sin(3 * code + c) / 2;
      });
      return { name, type: 'category', codes, categories };
    }
    const draw = c % 3 === 0 ? () => Math.floor(random() * 20) : () => random() + random() - 1;
    const drawn = Float64Array.from(score, () => (random() < 0.05 ? Number.NaN : draw()));
    drawn.forEach((value, row) => {
      score[row]! += Number.isNaN(value) ? 0.2 : 0.6 * Math.sin(value * (1 + c / 5));
    });
    return { name, type: 'number', values: drawn };
  });
  const target = Float64Array.from(score, (s) => (s + 2 * (random() - 0.5) > 1 ? 1 : 0));
  const [a, b] = [Math.floor(rows * 0.8), Math.floor(rows * 0.9)];
  return {
    ...{ columns, target },
    split: { train: { from: 0, to: a }, validation: { from: a, to: b }, test: { from: b, to: rows } },
    options: { trees: Number(values.trees), depth: 8, earlyStopping: 0 },
  };
}

/** Adult census, the official split; the last of the training rows are to stop by. */
function adult(folder: string): Table {
  const linesOf = (file: string): string[][] =>
    gunzipSync(readFileSync(join(folder, file)))
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.split(',').map((cell) => cell.trim()));
  const train = linesOf('adult.data.csv.gz');
  const rows = [...train, ...linesOf('adult.test.csv.gz')];
  const columns = Array.from({ length: 14 }, (_, i): InputColumn => {
    const cells = rows.map((row) => (row[i] === '?' ? '' : row[i]!));
    const name = `c${i}`;
    if ([0, 2, 4, 10, 11, 12].includes(i))
      return { name, type: 'number', values: Float64Array.from(cells, Number) };
    const categories = [...new Set(cells)].filter((cell) => cell !== '');
    return {
      name,
      type: 'category',
      codes: Int32Array.from(cells, (cell) => categories.indexOf(cell)),
      categories,
    };
  });
  const split = {
    train: { from: 0, to: 28_000 },
    validation: { from: 28_000, to: train.length },
    test: { from: train.length, to: rows.length },
  };
  const target = Float64Array.from(rows, (row) => (row[14]!.startsWith('>50K') ? 1 : 0));
  return { columns, target, split, options: {} };
}

interface Gave {
  readonly rounds: number;
  readonly auc: number;
}

async function sideBySide(what: string, table: Table, folder: string, python: string): Promise<Result[]> {
  const { columns, target, split, options } = table;
  const ours = join(folder, 'columns.f64');
  const theirs = join(folder, 'rows.f64');
  writeColumns(ours, columns, target);
  writeRows(theirs, columns, target);
  const order = (file: string): string =>
    JSON.stringify({
      ...{ file, split, options, threads, seed: 1 },
      columns: columns.map(({ type }) => type),
    } satisfies TrainingOrder);
  const script = fileURLToPath(new URL('train-lightgbm.py', import.meta.url));
  const used: { ours: JobUse[]; theirs: JobUse[] } = { ours: [], theirs: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    used.ours.push(await job([order(ours)], undefined, { script: 'training-ours.ts' }));
    used.theirs.push(await job([script, order(theirs)], python));
  }
  const least = (uses: readonly JobUse[], of: 'seconds' | 'cpuSeconds' | 'peakBytes'): number =>
    Math.min(...uses.map((use) => use[of]));
  const gave = (uses: readonly JobUse[]): string => {
    const { rounds, auc } = uses[0]!.gave as Gave;
    return `${rounds} trees, ROC-AUC ${auc.toFixed(4)}`;
  };
  const size = `${split.train.to.toLocaleString('en')} rows × ${columns.length} inputs, ${threads} threads`;
  const line = (
    name: string,
    of: 'seconds' | 'cpuSeconds' | 'peakBytes',
    say: (n: number) => string,
  ): Result =>
    result(
      `training on ${what}, ${size}: ${name}`,
      least(used.ours, of) / least(used.theirs, of),
      'lower',
      `${say(least(used.ours, of))}, ${gave(used.ours)}`,
      `${say(least(used.theirs, of))}, ${gave(used.theirs)}, LightGBM`,
    );
  return [
    line('time', 'seconds', (n) => `${n.toFixed(2)} s`),
    line('CPU', 'cpuSeconds', (n) => `${n.toFixed(2)} s`),
    line('peak memory', 'peakBytes', (n) => `${(n / 1e6).toFixed(0)} MB`),
  ];
}

const began = new Date();
const results: Result[] = [];
const notes: string[] = [
  'The least of each, by turns; time and CPU from the matrix in memory to the model, memory of the whole process.',
];
const tell = (found: readonly Result[]): void => {
  results.push(...found);
  for (const { what, ratio, ours, beside } of found)
    console.log(`${ratio.toPrecision(3).padStart(8)}  ${what}: ${ours} | ${beside}`);
};
console.log(`${machine()}; load ${load()}`);
const found = benchPython('bench-lightgbm');
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
Object.assign(process.env, PASSIVE);
try {
  if ('reason' in found) notes.push(`There is no LightGBM: ${found.reason}.`);
  else {
    const { python } = found;
    if (values.only !== 'adult')
      tell(await sideBySide('a generated table', generated(Number(values.rows)), folder, python));
    const census = fileURLToPath(new URL('../../shared/datasets/adult-census/', import.meta.url));
    if (!existsSync(census)) notes.push('Adult census was left out: no ../shared/datasets.');
    else if (values.only !== 'generated')
      tell(await sideBySide('adult census', adult(census), folder, python));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const note of notes) console.log(note);
if (values.write) write(fileURLToPath(new URL('RESULTS.md', import.meta.url)), report(results, notes, began));
