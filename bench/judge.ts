import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  compareModels,
  evaluateBinary,
  evaluateMulticlass,
  evaluateRegression,
} from '../src/assets/model/judge/index.ts';
import { seededUint32 } from '../src/assets/model/judge/random.ts';
import { load, machine, median } from './machine.ts';
import { peakMemory } from './peak-memory.ts';
import { type Result, report, result, write } from './results.ts';

// `npm run bench -- judge`: all figures, curves and intervals of many predictions about
// entities, as JSON, beside one sort of them; a few minutes, 3 GB of memory.
//   --write     adds the results to bench/RESULTS.md
//   --rows N    predictions; default 10,000,000
//   --rounds N  of each, by turns with the sort; default 3
//   --only WORD those whose name begins so: binary, numbers, two, three

const { values } = parseArgs({
  options: {
    write: { type: 'boolean' },
    rows: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const rows = Number(values.rows);
const next = seededUint32(1);
const even = (): number => next() / 2 ** 32;
const probability = Float64Array.from({ length: rows }, () => even() ** 3);
const target = probability.map((p) => (even() < p ? 1 : 0));
const byClass = target.map((y) => (y === 1 ? 1 : 10));
const byRow = target.map(() => 1 + 3 * even());
/** Whose each row is, as builds tell it: of five, or each its own. */
const entities = Int32Array.from({ length: rows }, () => Math.floor(even() * (rows / 5)));
const apart = Int32Array.from({ length: rows }, (_, row) => row);
const threshold = 0.1;
const cost = { falsePositive: 2, falseNegative: 80 };
/** What the report is drawn from. */
const page = (evaluation: object): unknown => JSON.stringify(evaluation);

const classes = ['a', 'b', 'c'];
const fewer = Math.ceil(rows / 10);
const ofClasses = Float64Array.from({ length: fewer * 3 }, (_, i) => {
  const p = probability[Math.floor(i / 3)] as number;
  return [p / 2, p / 2, 1 - p][i % 3] as number;
});
const classOf = Int32Array.from({ length: fewer }, (_, row) => (target[row] === 0 ? 2 : next() & 1));

const works: readonly [what: string, predictions: Float64Array, work: () => unknown][] = [
  ['binary', probability, () => page(evaluateBinary({ target, probability, threshold, cost, entities }))],
  [
    'binary, each row an entity',
    probability,
    () => page(evaluateBinary({ target, probability, threshold, cost, entities: apart })),
  ],
  [
    'binary, figures alone',
    probability,
    () => evaluateBinary({ target, probability, threshold, cost, detail: 'figures' }),
  ],
  [
    'binary, a weight for each class',
    probability,
    () => page(evaluateBinary({ target, probability, threshold, cost, entities, weights: byClass })),
  ],
  [
    'binary, a weight for each row',
    probability,
    () => page(evaluateBinary({ target, probability, threshold, cost, entities, weights: byRow })),
  ],
  ['numbers', probability, () => page(evaluateRegression({ target, predicted: probability, entities }))],
  [
    'two binary models compared',
    probability,
    () =>
      compareModels({
        task: 'binary',
        target,
        champion: probability,
        challenger: byRow.map((w) => w / 4),
        threshold: { champion: threshold, challenger: threshold },
        cost,
        entities,
      }),
  ],
  [
    `three classes, ${fewer.toLocaleString('en')} rows`,
    ofClasses,
    () =>
      evaluateMulticlass({
        target: classOf,
        probabilities: ofClasses,
        classes,
        entities: entities.subarray(0, fewer),
      }),
  ],
];

interface Use {
  readonly seconds: number;
  readonly cpu: number;
}

function used(work: () => unknown): Use {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
}

const began = new Date();
const results: Result[] = [];
console.log(`${machine()}; load ${load()}`);
for (const [what, predictions, work] of works) {
  if (!what.startsWith(values.only)) continue;
  const pairs = Array.from({ length: Number(values.rounds) }, () => {
    const sort = used(() => predictions.slice().sort());
    return { sort, ours: used(work) };
  });
  for (const part of ['seconds', 'cpu'] as const) {
    const say = (uses: readonly Use[]): string => `${median(uses.map((use) => use[part])).toFixed(2)} s`;
    const found = result(
      `judging ${what}: ${part === 'cpu' ? 'CPU' : 'time'}`,
      median(pairs.map(({ ours, sort }) => ours[part] / sort[part])),
      'lower',
      say(pairs.map(({ ours }) => ours)),
      `${say(pairs.map(({ sort }) => sort))}, one sort of the predictions`,
    );
    results.push(found);
    console.log(`${found.ratio.toPrecision(3).padStart(8)}  ${found.what}: ${found.ours} | ${found.beside}`);
  }
}
const notes = [
  `${rows.toLocaleString('en')} predictions; the aim is under 3 sorts for binary models and for numbers. Peak memory ${(peakMemory() / 1e9).toFixed(1)} GB.`,
];
for (const note of notes) console.log(note);
if (values.write) write(fileURLToPath(new URL('RESULTS.md', import.meta.url)), report(results, notes, began));
