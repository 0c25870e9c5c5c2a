import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brier } from './brier.ts';
import { confusion } from './confusion.ts';
import { logLoss } from './log-loss.ts';
import { prAuc } from './pr-auc.ts';
import { mae, r2, rmse } from './regression.ts';
import { rocAuc } from './roc-auc.ts';

interface At {
  readonly threshold: number;
  readonly counts: readonly number[];
  readonly [figure: string]: number | readonly number[];
}

interface BinaryCase {
  readonly target: string;
  readonly score: readonly number[];
  readonly expected: {
    readonly rocAuc: number | null;
    readonly prAuc: number | null;
    readonly logLoss: number;
    readonly brier: number;
    readonly at: readonly At[];
  };
}

interface RegressionCase {
  readonly target: readonly number[];
  readonly predicted: readonly number[];
  readonly expected: { readonly rmse: number; readonly mae: number; readonly r2: number | null };
}

type Golden =
  | { readonly made: string; readonly task: 'binary'; readonly cases: readonly BinaryCase[] }
  | { readonly made: string; readonly task: 'regression'; readonly cases: readonly RegressionCase[] };

function same(found: number | null, wanted: number | null, what: string): void {
  if (wanted === null || found === null) assert.equal(found, wanted, what);
  else
    assert.ok(
      Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
      `${what}: ${found}, ${wanted}`,
    );
}

function judgeBinary(c: BinaryCase, name: string): void {
  const target = Float64Array.from(c.target, Number);
  const score = Float64Array.from(c.score);
  same(rocAuc(target, score), c.expected.rocAuc, `${name} rocAuc`);
  same(prAuc(target, score), c.expected.prAuc, `${name} prAuc`);
  same(logLoss(target, score), c.expected.logLoss, `${name} logLoss`);
  same(brier(target, score), c.expected.brier, `${name} brier`);
  for (const at of c.expected.at)
    for (const zeroDivision of [0, 1]) {
      const found = confusion(target, score, at.threshold, { zeroDivision });
      const counts = [found.truePositives, found.falsePositives, found.trueNegatives, found.falseNegatives];
      assert.deepEqual(counts, at.counts, name);
      same(found.accuracy, at['accuracy'] as number, `${name} accuracy`);
      for (const figure of ['precision', 'recall', 'f1'] as const)
        same(found[figure], at[figure + zeroDivision] as number, `${name} ${figure} at ${at.threshold}`);
    }
}

function judgeRegression(c: RegressionCase, name: string): void {
  const target = Float64Array.from(c.target);
  const predicted = Float64Array.from(c.predicted);
  same(rmse(target, predicted), c.expected.rmse, `${name} rmse`);
  same(mae(target, predicted), c.expected.mae, `${name} mae`);
  same(r2(target, predicted), c.expected.r2, `${name} r2`);
}

const folder = new URL('golden/', import.meta.url);
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')))
  test(`scikit-learn parity: ${file}`, () => {
    const golden = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Golden;
    assert.ok(golden.cases.length > 0);
    if (golden.task === 'binary') golden.cases.forEach((c, i) => void judgeBinary(c, `${file} ${i}`));
    else golden.cases.forEach((c, i) => void judgeRegression(c, `${file} ${i}`));
  });
