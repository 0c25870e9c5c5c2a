import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  againstEach,
  againstRest,
  averageShares,
  brier,
  classMatrix,
  classRankings,
  confusion,
  evaluateMulticlass,
  evaluateRanking,
  evaluateRegression,
  likeliest,
  logLoss,
  multiclassBrier,
  multiclassLogLoss,
  poissonDeviance,
  prAuc,
  rocAuc,
  topAccuracy,
} from './index.ts';

type Numbers = readonly number[];
type Figure = number | null;

interface BinaryCase {
  readonly target: string;
  readonly score: Numbers;
  readonly weights: Numbers | null;
  readonly expected: {
    readonly [figure in 'rocAuc' | 'prAuc' | 'logLoss' | 'brier']: Figure;
  } & {
    readonly at: readonly { readonly threshold: number; readonly [figure: string]: number | Numbers }[];
  };
}

interface MulticlassCase {
  readonly classes: number;
  readonly target: Numbers;
  readonly probabilities: Numbers;
  readonly weights: Numbers | null;
  readonly expected: {
    readonly [figure in
      | 'accuracy'
      | 'balancedAccuracy'
      | 'mcc'
      | 'logLoss'
      | 'brier'
      | 'top2'
      | 'ovrMacro'
      | 'ovrWeighted'
      | 'ovoMacro'
      | 'ovoWeighted']: Figure;
  } & {
    readonly matrix: Numbers;
    readonly prAuc: readonly Figure[];
    readonly shares: Readonly<Record<string, readonly Figure[]>>;
  };
}

interface RegressionCase {
  readonly target: Numbers;
  readonly predicted: Numbers;
  readonly weights: Numbers | null;
  readonly quantile: number;
  readonly expected: Readonly<Record<string, Figure>>;
}

interface RankingCase {
  readonly lists: number;
  readonly relevance: Numbers;
  readonly score: Numbers;
  readonly one: Numbers;
  readonly at: Numbers;
  readonly mrr: Figure;
  readonly expected: { readonly linear: Numbers; readonly exponential: Numbers; readonly map: Figure };
}

function same(found: Figure | undefined, wanted: Figure | undefined, what: string): void {
  if (typeof wanted !== 'number' || typeof found !== 'number')
    assert.equal(found ?? null, wanted ?? null, what);
  else
    assert.ok(
      Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
      `${what}: ${found}, ${wanted}`,
    );
}

const floats = (values: Numbers): Float64Array => Float64Array.from(values);
const maybe = (values: Numbers | null): { weights?: Float64Array } =>
  values === null ? {} : { weights: floats(values) };

function binary(c: BinaryCase, name: string): void {
  const target = Float64Array.from(c.target, Number);
  const score = floats(c.score);
  const { weights } = maybe(c.weights);
  same(rocAuc(target, score, weights), c.expected.rocAuc, `${name} rocAuc`);
  same(prAuc(target, score, weights), c.expected.prAuc, `${name} prAuc`);
  same(logLoss(target, score, weights), c.expected.logLoss, `${name} logLoss`);
  same(brier(target, score, weights), c.expected.brier, `${name} brier`);
  for (const at of c.expected.at)
    for (const zeroDivision of [0, 1]) {
      const found = confusion(target, score, at.threshold, { zeroDivision, ...maybe(c.weights) });
      const counts = [found.truePositives, found.falsePositives, found.trueNegatives, found.falseNegatives];
      for (const [i, count] of counts.entries()) same(count, (at['counts'] as Numbers)[i], name);
      for (const figure of ['accuracy', 'balancedAccuracy', 'mcc'] as const)
        same(found[figure], at[figure] as number, `${name} ${figure} at ${at.threshold}`);
      for (const figure of ['precision', 'recall', 'f1', 'specificity'] as const)
        same(found[figure], at[figure + zeroDivision] as number, `${name} ${figure} at ${at.threshold}`);
    }
}

function multiclass(c: MulticlassCase, name: string): void {
  const { classes, expected } = c;
  const target = Int32Array.from(c.target);
  const probabilities = floats(c.probabilities);
  const { weights } = maybe(c.weights);
  const answer = likeliest(probabilities, classes);
  const matrix = classMatrix(target, answer, classes, weights);
  for (const [i, rows] of expected.matrix.entries()) same(matrix[i], rows, `${name} matrix ${i}`);
  same(multiclassLogLoss(target, probabilities, classes, weights), expected.logLoss, `${name} logLoss`);
  same(multiclassBrier(target, probabilities, classes, weights), expected.brier, `${name} brier`);
  if (expected.top2 !== null)
    same(topAccuracy(target, probabilities, classes, 2, weights), expected.top2, `${name} top 2`);
  const rankings = classRankings(target, probabilities, classes, weights);
  for (const [i, figure] of expected.prAuc.entries()) same(rankings.prAuc[i], figure, `${name} prAuc ${i}`);
  // Of one class against another scikit-learn knows no weights.
  const unweighed = classRankings(target, probabilities, classes);
  for (const average of ['macro', 'weighted'] as const) {
    const key = average === 'macro' ? 'Macro' : 'Weighted';
    const [rest, each] = [expected[`ovr${key}`], expected[`ovo${key}`]];
    if (rest !== null) same(againstRest(rankings, average), rest, `${name} ovr ${average}`);
    if (each !== null) same(againstEach(unweighed, average), each, `${name} ovo ${average}`);
  }
  for (const average of ['macro', 'micro', 'weighted'] as const)
    for (const [zero, zeroDivision] of [
      ['0', 0],
      ['1', 1],
      ['nan', null],
    ] as const) {
      const found = averageShares(matrix, classes, average, zeroDivision);
      const wanted = expected.shares[`${average}${zero}`] as readonly Figure[];
      for (const [i, figure] of [found.precision, found.recall, found.f1].entries())
        same(figure, wanted[i], `${name} ${average} ${zero} ${i}`);
    }
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const { figures } = evaluateMulticlass({ target, probabilities, classes: names, ...maybe(c.weights) });
  for (const figure of ['accuracy', 'balancedAccuracy', 'logLoss', 'brier'] as const)
    same(figures[figure], expected[figure], `${name} ${figure}`);
  // Undefined is 0 in scikit-learn.
  same(figures.mcc ?? 0, expected.mcc, `${name} mcc`);
}

function regression(c: RegressionCase, name: string): void {
  const target = floats(c.target);
  const predicted = floats(c.predicted);
  const { figures } = evaluateRegression({ target, predicted, quantile: c.quantile, ...maybe(c.weights) });
  for (const [figure, wanted] of Object.entries(c.expected)) {
    if (figure === 'poissonDeviance') continue;
    same(figures[figure as 'rmse'], wanted, `${name} ${figure}`);
  }
  const { poissonDeviance: wanted } = c.expected;
  if (typeof wanted === 'number')
    same(poissonDeviance(target, predicted, maybe(c.weights).weights), wanted, `${name} deviance`);
}

function ranking(c: RankingCase, name: string): void {
  const each = c.relevance.length / c.lists;
  const group = Int32Array.from(c.relevance, (_, row) => Math.floor(row / each));
  const given = { score: floats(c.score), group, at: c.at, withoutRelevant: 'zero' } as const;
  for (const gain of ['linear', 'exponential'] as const) {
    const found = evaluateRanking({ ...given, relevance: floats(c.relevance), gain });
    for (const [i, at] of found.at.entries()) same(at.ndcg, c.expected[gain][i], `${name} ${gain} ${at.k}`);
  }
  if (c.expected.map !== null) {
    const found = evaluateRanking({ ...given, relevance: floats(c.relevance), withoutRelevant: 'leave-out' });
    same(found.map, c.expected.map, `${name} map`);
  }
  if (c.mrr !== null) same(evaluateRanking({ ...given, relevance: floats(c.one) }).mrr, c.mrr, `${name} mrr`);
}

const judges: Readonly<Record<string, (c: never, name: string) => void>> = {
  binary,
  multiclass,
  regression,
  ranking,
};

const folder = new URL('golden/', import.meta.url);
for (const file of readdirSync(folder).filter(
  (name) => name.endsWith('.json') && name !== 'calibrators.json',
))
  test(`scikit-learn parity: ${file}`, () => {
    const golden = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      task: string;
      cases: readonly unknown[];
    };
    const judge = judges[golden.task];
    assert.ok(judge && golden.cases.length > 0);
    for (const [i, c] of golden.cases.entries()) judge(c as never, `${file} ${i}`);
  });
