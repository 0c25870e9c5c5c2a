import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ColumnType } from '../../../../base/index.ts';
import type { InputColumn } from '../../train/trainer.port.ts';
import { logLoss } from '../binary/log-loss.ts';
import { rocAuc } from '../binary/roc-auc.ts';
import { rocAucInterval } from '../interval/delong.ts';
import { evaluateRanking } from '../ranked/evaluate.ts';
import { pinballLoss, poissonDeviance } from '../regression/errors.ts';
import { evenNumbers } from '../rows.fixture.ts';
import { falseAlarmShares } from './benjamini-hochberg.ts';
import { listsAsRows } from './lists-as-rows.ts';
import { judgeSlices } from './slices.ts';

/** Payments of three countries; `wrong` says how far off the probability is of a row. */
function payments(
  n: number,
  seed: number,
  wrong: (row: { country: number; amount: number; age: number }) => number,
) {
  const even = evenNumbers(seed);
  const countries = ['DE', 'FR', 'IT'];
  const codes = Int32Array.from({ length: n }, () => Math.floor(even() * 4) - 1);
  const amount = Float64Array.from({ length: n }, () => (even() < 0.05 ? Number.NaN : 100 * even()));
  const age = Float64Array.from({ length: n }, () => Math.floor(3 * even()));
  const noise = Array.from(
    { length: 5 },
    (_, i): InputColumn => ({
      name: `noise_${i}`,
      type: 'number',
      values: Float64Array.from({ length: n }, even),
    }),
  );
  const truth = Float64Array.from({ length: n }, even);
  const target = truth.map((p) => (even() < p ? 1 : 0));
  const probability = truth.map((p, row) => {
    const off = wrong({
      country: codes[row] as number,
      amount: amount[row] as number,
      age: age[row] as number,
    });
    return (1 - off) * p + off * even();
  });
  const columns: InputColumn[] = [
    { name: 'country', type: 'category', codes, categories: countries },
    { name: 'amount', type: 'number', values: amount },
    { name: 'age', type: 'number', values: age },
    ...noise,
  ];
  return { task: 'binary', target, probability, columns } as const;
}

const rowsWhere = (n: number, is: (row: number) => boolean): number[] =>
  Array.from({ length: n }, (_, row) => row).filter(is);
const some = (values: Float64Array, rows: readonly number[]): Float64Array =>
  Float64Array.from(rows, (row) => values[row] as number);

test('declared slices have the figure of their rows beside that of all others', () => {
  const given = payments(4_000, 1, ({ country }) => (country === 1 ? 0.8 : 0));
  const { declared, value } = judgeSlices({
    ...given,
    worst: 0,
    declared: [
      { where: [{ column: 'country', is: ['FR'] }] },
      {
        name: 'small and German',
        where: [
          { column: 'country', is: ['DE'] },
          { column: 'amount', to: 50 },
        ],
      },
      { where: [{ column: 'amount', missing: true }] },
      { where: [{ column: 'amount', from: 99.5 }] },
    ],
  });
  const { codes } = given.columns[0] as InputColumn & { type: 'category' };
  const own = rowsWhere(4_000, (row) => codes[row] === 1);
  const rest = rowsWhere(4_000, (row) => codes[row] !== 1);
  const [french, german, missing, large] = declared;
  assert.ok(french && german && missing && large);
  assert.equal(french.rows, own.length);
  const near = (found: number | null, wanted: number | null): void =>
    assert.ok(Math.abs((found as number) - (wanted as number)) < 1e-12);
  near(french.value, logLoss(some(given.target, own), some(given.probability, own)));
  near(french.rest, logLoss(some(given.target, rest), some(given.probability, rest)));
  near(value, logLoss(given.target, given.probability));
  assert.deepEqual(
    declared.map(({ name }) => name),
    ['country is FR', 'small and German', 'amount missing', 'amount from 99.5'],
  );
  assert.equal(french.verdict, 'worse');
  assert.equal(german.verdict, 'better', 'than the rest, in which France is');
  assert.equal(large.verdict, 'too few rows');
  assert.ok(large.value !== null && large.pValue === null && large.falseAlarmShare === null);
});

test('a slice that is worse is found, also where two columns meet, and noise is not', () => {
  const given = payments(12_000, 2, ({ country, amount }) => (country === 2 && amount >= 80 ? 0.9 : 0));
  const { worst, tried } = judgeSlices(given);
  assert.ok(tried > 100 && worst.length > 0);
  assert.equal(worst[0]?.verdict, 'worse');
  assert.deepEqual(worst[0]?.where[0], { column: 'country', is: ['IT'] });
  const [, amount] = worst[0]?.where ?? [];
  assert.ok(amount && 'from' in amount && Math.abs((amount.from as number) - 80) < 2 && !('to' in amount));
  const called = worst.filter(({ verdict }) => verdict === 'worse');
  for (const { where } of called)
    assert.ok(where.some(({ column }) => column === 'country' || column === 'amount'));
});

test('where nothing is worse, hardly anything is called', () => {
  let called = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const { worst } = judgeSlices(payments(1_500, seed, () => 0.3));
    called += worst.some(({ verdict }) => verdict === 'worse') ? 1 : 0;
  }
  // 1.5 of 30 are expected at 0.05.
  assert.ok(called <= 5, `${called} of 30`);
});

test('ROC AUC by slice is DeLong’s; cost, numbers and several classes have slices too', () => {
  const given = payments(3_000, 4, ({ country }) => (country === 0 ? 0.9 : 0));
  const { codes } = given.columns[0] as InputColumn & { type: 'category' };
  const own = rowsWhere(3_000, (row) => codes[row] === 0);
  const byAuc = judgeSlices({
    ...given,
    figure: 'rocAuc',
    declared: [{ where: [{ column: 'country', is: ['DE'] }] }],
  });
  const german = byAuc.declared[0];
  const [y, p] = [some(given.target, own), some(given.probability, own)];
  assert.equal(german?.value, rocAuc(y, p));
  assert.ok(Math.abs((german?.interval?.low as number) - (rocAucInterval(y, p)?.low as number)) < 1e-3);
  assert.deepEqual(byAuc.worst[0]?.where, [{ column: 'country', is: ['DE'] }]);
  assert.equal(byAuc.worst[0]?.verdict, 'worse');
  const byCost = judgeSlices({
    ...given,
    figure: 'expectedCost',
    threshold: 0.5,
    cost: { falsePositive: 1, falseNegative: 1, truePositive: 0.5 },
  });
  assert.deepEqual(byCost.worst[0]?.where[0], { column: 'country', is: ['DE'] });
  assert.throws(() => judgeSlices({ ...given, figure: 'expectedCost' }), { code: 'MILL_JUDGE_INPUT' });
  const numbers = judgeSlices({
    task: 'regression',
    target: given.target,
    predicted: given.probability,
    columns: given.columns,
  });
  assert.equal(numbers.figure, 'mae');
  const low = judgeSlices({
    ...{ task: 'regression', target: given.target, predicted: given.probability, columns: given.columns },
    ...{ quantile: 0.1, declared: [{ where: [{ column: 'country', is: ['DE'] }] }] },
  });
  assert.equal(low.figure, 'pinball');
  assert.ok(Math.abs((low.declared[0]?.value as number) - (pinballLoss(y, p, 0.1) as number)) < 1e-12);
  assert.deepEqual(numbers.worst[0]?.where[0], { column: 'country', is: ['DE'] });
  const rates = judgeSlices({
    ...{ task: 'regression', target: given.target, predicted: given.probability, columns: given.columns },
    ...{ figure: 'poissonDeviance', declared: [{ where: [{ column: 'country', is: ['DE'] }] }] },
  });
  assert.ok(Math.abs((rates.declared[0]?.value as number) - (poissonDeviance(y, p) as number)) < 1e-12);
  const many = judgeSlices({
    task: 'multiclass',
    target: given.target,
    probabilities: Float64Array.from([...given.probability].flatMap((v) => [1 - v, v])),
    classes: ['no', 'yes'],
    columns: given.columns,
  });
  const one = judgeSlices(given);
  assert.equal(many.worst[0]?.name, one.worst[0]?.name);
  assert.ok(Math.abs((many.worst[0]?.value as number) - (one.worst[0]?.value as number)) < 1e-12);
});

test('rows written out four times say no more by entity', () => {
  const given = payments(1_000, 5, ({ country }) => (country === 1 ? 0.3 : 0));
  const times = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: 4_000 }, (_, i) => values[i % 1_000] as number);
  const often = {
    ...given,
    target: times(given.target),
    probability: times(given.probability),
    columns: given.columns.map((column) =>
      column.type === 'number'
        ? { ...column, values: times(column.values) }
        : {
            ...column,
            codes: Int32Array.from({ length: 4_000 }, (_, i) => column.codes[i % 1_000] as number),
          },
    ),
    declared: [{ where: [{ column: 'country', is: ['FR'] }] }],
  };
  const entities = Int32Array.from({ length: 4_000 }, (_, i) => i % 1_000);
  const width = (interval: { low: number; high: number } | null | undefined): number =>
    (interval?.high as number) - (interval?.low as number);
  const byRow = judgeSlices(often).declared[0];
  const byEntity = judgeSlices({ ...often, entities }).declared[0];
  const once = judgeSlices({ ...given, declared: often.declared }).declared[0];
  for (const part of ['interval', 'differenceInterval'] as const) {
    assert.ok(Math.abs(width(byEntity?.[part]) / width(once?.[part]) - 1) < 0.01);
    assert.ok(Math.abs(width(byEntity?.[part]) / width(byRow?.[part]) - 2) < 0.02);
  }
});

test('false alarm shares are Benjamini and Hochberg’s', () => {
  assert.deepEqual(falseAlarmShares([]), []);
  // As R's p.adjust(c(0.01, 0.04, 0.03, 0.5), 'BH').
  const found = falseAlarmShares([0.01, 0.04, 0.03, 0.5]);
  for (const [i, wanted] of [0.04, 0.16 / 3, 0.16 / 3, 0.5].entries())
    assert.ok(Math.abs((found[i] as number) - wanted) < 1e-12);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (pValues) => {
      const shares = falseAlarmShares(pValues);
      for (const level of [0.05, 0.2]) {
        // The procedure itself: all up to the last rank k whose p is at most k / m × level.
        const sorted = pValues.toSorted((a, b) => a - b);
        const last = sorted.findLastIndex((p, k) => p <= ((k + 1) / sorted.length) * level);
        const limit = last < 0 ? -1 : (sorted[last] as number);
        for (const [i, p] of pValues.entries())
          if (Math.abs((shares[i] as number) - level) > 1e-12)
            assert.equal((shares[i] as number) <= level, p <= limit);
      }
    }),
  );
});

test('what is not a slice is refused; odd columns have none', () => {
  const given = payments(500, 6, () => 0);
  const refused = { code: 'MILL_JUDGE_INPUT' };
  const declare = (where: Parameters<typeof judgeSlices>[0]['declared']) => () =>
    judgeSlices({ ...given, declared: where ?? [] });
  assert.throws(declare([{ where: [{ column: 'colour', is: ['red'] }] }]), refused);
  assert.throws(declare([{ where: [{ column: 'amount', is: ['red'] }] }]), refused);
  assert.throws(declare([{ where: [{ column: 'country', from: 1 }] }]), refused);
  assert.throws(declare([{ where: [{ column: 'amount' }] }]), refused);
  assert.throws(declare([{ where: [] }]), refused);
  assert.throws(() => judgeSlices({ ...given, minimumRows: 3 }), refused);
  const columns: InputColumn[] = [
    { name: 'constant', type: 'number', values: new Float64Array(500).fill(3) },
    { name: 'empty', type: 'number', values: new Float64Array(500).fill(Number.NaN) },
    {
      name: 'endless',
      type: 'number',
      values: Float64Array.from({ length: 500 }, (_, i) => (i % 2 ? Infinity : -Infinity)),
    },
    {
      name: 'own',
      type: 'category',
      codes: Int32Array.from({ length: 500 }, (_, i) => i),
      categories: Array.from({ length: 500 }, (_, i) => `${i}`),
    },
  ];
  const found = judgeSlices({ ...given, columns, minimumRows: 50 });
  assert.equal(found.tried, 0);
  assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
  const none = judgeSlices({
    ...given,
    target: new Float64Array(),
    probability: new Float64Array(),
    columns: [],
  });
  assert.deepEqual([none.value, none.worst], [null, []]);
});

test('of ranked rows each list counts as one, and a slice is of what its items share', () => {
  const even = evenNumbers(11);
  const [lists, length] = [1_200, 6];
  const at = (row: number): number => Math.floor(row / length);
  const byList = Array.from({ length: lists }, () => Math.floor(even() * 4) - 1);
  const numbers = (of: (row: number) => number): Float64Array =>
    Float64Array.from({ length: lists * length }, (_, row) => of(row));
  // Some lists have nothing relevant; those of the second country are ordered by chance.
  const relevance = numbers((row) => (at(row) % 10 === 0 ? 0 : Math.floor(3 * even())));
  const score = numbers((row) =>
    byList[at(row)] === 1 ? even() : (relevance[row] as number) + 1.5 * even(),
  );
  const group = Int32Array.from(score, (_, row) => 7 * at(row));
  const columns: InputColumn[] = [
    {
      ...{ name: 'country', type: 'category', categories: ['DE', 'FR', 'IT'] },
      codes: Int32Array.from(score, (_, row) => byList[at(row)] as number),
    },
    { name: 'price', type: 'number', values: numbers(even) },
    { name: 'since', type: 'number', values: numbers((row) => (at(row) % 7 === 0 ? Number.NaN : at(row))) },
  ];
  const found = listsAsRows(relevance, score, group, columns);
  assert.deepEqual(
    found.columns.map(({ name }) => name),
    ['country', 'since'],
  );
  const { declared, worst, figure, rows } = judgeSlices({
    ...{ task: 'ranking', ndcg: found.ndcg, columns: found.columns },
    declared: [{ where: [{ column: 'country', is: ['FR'] }] }],
  });
  const [slice] = declared;
  assert.equal(figure, 'ndcg');
  const ndcgWhere = (is: (list: number) => boolean): number => {
    const own = rowsWhere(score.length, (row) => is(at(row)));
    const [r, s, g] = [relevance, score, Float64Array.from(group)].map((values) => some(values, own));
    return evaluateRanking({
      relevance: r as Float64Array,
      score: s as Float64Array,
      group: g as Float64Array,
    }).figures.ndcg as number;
  };
  const isRelevant = (list: number): boolean =>
    relevance.subarray(list * length, (list + 1) * length).some((r) => r > 0);
  const judged = Array.from({ length: lists }, (_, list) => list).filter(isRelevant);
  assert.equal(rows, judged.length);
  assert.equal(slice?.rows, judged.filter((list) => byList[list] === 1).length);
  assert.ok(Math.abs((slice.value as number) - ndcgWhere((list) => byList[list] === 1)) < 1e-12);
  assert.ok(Math.abs((slice.rest as number) - ndcgWhere((list) => byList[list] !== 1)) < 1e-12);
  assert.equal(slice.verdict, 'worse');
  assert.equal(worst[0]?.name, 'country is FR');
  assert.equal(worst[0].verdict, 'worse');
});

test('slices are told as people would: truth values, instants to the second, whole numbers whole', () => {
  const march = Date.UTC(2026, 2, 1) / 1000;
  const types = new Map<string, ColumnType>([
    ['abroad', 'boolean'],
    ['opened', 'timestamp'],
    ['seen', 'integer'],
  ]);
  const column = (name: string): InputColumn => {
    return { name, type: 'number', values: new Float64Array(50) };
  };
  const { declared } = judgeSlices({
    ...{ task: 'regression', target: new Float64Array(50), predicted: new Float64Array(50) },
    columns: ['abroad', 'opened', 'seen', 'amount'].map(column),
    ...{ types, worst: 0 },
    declared: [
      { where: [{ column: 'abroad', from: 1 }] },
      { where: [{ column: 'abroad', to: 1 }] },
      { where: [{ column: 'abroad', missing: true }] },
      { where: [{ column: 'opened', from: march, to: march + 3_661.5 }] },
      { where: [{ column: 'opened', from: march, to: 1e15 }] },
      { where: [{ column: 'seen', from: 1_801_730_123 }] },
      {
        where: [
          { column: 'amount', from: 1.23456789 },
          { column: 'amount', to: 50 },
        ],
      },
      { name: 'own', where: [{ column: 'abroad', from: 1 }] },
    ],
  });
  assert.deepEqual(
    declared.map(({ name }) => name),
    [
      'abroad is true',
      'abroad is false',
      'abroad missing',
      'opened from 2026-03-01 to 2026-03-01 01:01:01.500',
      'opened from 2026-03-01 to 1000000000000000',
      'seen from 1801730123',
      'amount from 1.23457 and amount below 50',
      'own',
    ],
  );
});
