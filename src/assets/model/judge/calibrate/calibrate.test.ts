import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { logLoss } from '../binary/log-loss.ts';
import { multiclassLogLoss } from '../multiclass/losses.ts';
import { drawn, evenNumbers } from '../rows.fixture.ts';
import { applyCalibrator, logOdds, sigmoid } from './calibrator.ts';
import { fitCalibrator } from './fit.ts';
import { isotonicByAllMeans } from './isotonic.oracle.ts';
import { fitIsotonic } from './isotonic.ts';
import { fitSigmoid } from './sigmoid.ts';

interface Case {
  readonly target: string;
  readonly probability: readonly number[];
  readonly weights: readonly number[] | null;
  readonly ask: readonly number[];
  readonly expected: Readonly<
    Record<'sigmoid' | 'sigmoidOfScikitLearn' | 'isotonic' | 'x' | 'y', readonly number[]>
  > & { readonly beta: number; readonly betaOfScikitLearn: number };
}

function near(found: number | undefined, wanted: number | undefined, off: number, what: string): void {
  assert.ok(
    found !== undefined &&
      wanted !== undefined &&
      Math.abs(found - wanted) <= off * Math.max(1, Math.abs(wanted)),
    `${what}: ${found}, wanted ${wanted}`,
  );
}

const golden = JSON.parse(readFileSync(new URL('../golden/calibrators.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};

for (const [i, { target, probability, weights, ask, expected }] of golden.cases.entries())
  test(`scikit-learn parity: calibrators ${i}`, () => {
    const given = {
      probability: Float64Array.from(probability),
      target: Float64Array.from(target, Number),
      ...(weights && { weights: Float64Array.from(weights) }),
    };
    // scikit-learn's own solver stops at a slope of 1e-6 of the loss: its optimum to all digits is ours.
    const { slope, intercept } = fitSigmoid(given.probability, given.target, given.weights);
    near(-slope, expected.sigmoid[0], 1e-9, 'slope');
    near(-intercept, expected.sigmoid[1], 1e-9, 'intercept');
    near(-slope, expected.sigmoidOfScikitLearn[0], 1e-3, 'slope of scikit-learn');
    near(-intercept, expected.sigmoidOfScikitLearn[1], 1e-3, 'intercept of scikit-learn');
    const isotonic = fitIsotonic(given.probability, given.target, given.weights);
    assert.equal(isotonic.x.length, expected.x.length);
    for (const [k, x] of expected.x.entries()) {
      near(isotonic.x[k], x, 1e-9, `threshold ${k}`);
      near(isotonic.y[k], expected.y[k], 1e-9, `level ${k}`);
    }
    const answers = applyCalibrator({ kind: 'isotonic', ...isotonic }, Float64Array.from(ask));
    for (const [k, answer] of expected.isotonic.entries()) near(answers[k], answer, 1e-9, `answer ${k}`);
    const found = fitCalibrator('temperature', given);
    assert.ok(found.kind === 'temperature');
    near(1 / found.temperature, expected.beta, 1e-9, 'sharpness');
    near(1 / found.temperature, expected.betaOfScikitLearn, 1e-4, 'sharpness of scikit-learn');
  });

test('isotonic levels are those of all stretches looked through', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          p: fc.integer({ min: 0, max: 8 }),
          y: fc.constantFrom(0, 1),
          w: fc.integer({ min: 0, max: 3 }),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      (rows) => {
        fc.pre(rows.some(({ w }) => w > 0));
        const probability = Float64Array.from(rows, ({ p }) => p / 8);
        const target = Float64Array.from(rows, ({ y }) => y);
        const weights = Float64Array.from(rows, ({ w }) => w);
        const found = { kind: 'isotonic', ...fitIsotonic(probability, target, weights) } as const;
        const wanted = isotonicByAllMeans(probability, target, weights);
        const answers = applyCalibrator(found, Float64Array.from(wanted.keys()));
        for (const [k, level] of [...wanted.values()].entries()) near(answers[k], level, 1e-12, `${k}`);
        assert.deepEqual(
          found.y,
          found.y.toSorted((a, b) => a - b),
        );
      },
    ),
  );
});

test('each calibrator mends what it can: rows it was not fitted on lose less', () => {
  // The truth is p³: too sure on one side.
  const held = drawn(5_000, 1, 3);
  const fresh = drawn(5_000, 2, 3);
  const before = logLoss(fresh.target, fresh.probability) as number;
  const after = (['sigmoid', 'isotonic', 'temperature'] as const).map((kind) => {
    const calibrator = fitCalibrator(kind, held);
    assert.deepEqual(JSON.parse(JSON.stringify(calibrator)), calibrator);
    assert.ok(Object.isFrozen(calibrator));
    return logLoss(fresh.target, applyCalibrator(calibrator, fresh.probability)) as number;
  });
  const best = logLoss(
    fresh.target,
    fresh.probability.map((p) => p ** 3),
  ) as number;
  const [bySigmoid, byIsotonic, byTemperature] = after as [number, number, number];
  assert.ok(byIsotonic < best + 0.02 && bySigmoid < best + 0.02, `${after.join(', ')}; best ${best}`);
  assert.ok(byTemperature <= before + 1e-3 && bySigmoid < before - 0.1);
});

test('temperature finds back what probabilities were sharpened by, two classes or five', () => {
  const even = evenNumbers(4);
  for (const classes of [3, 5]) {
    const rows = 4_000;
    const probability = new Float64Array(rows * classes);
    const target = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const odds = Array.from({ length: classes }, () => 3 * even());
      const soft = (times: number): number[] => {
        const shares = odds.map((z) => Math.exp(times * z));
        const sum = shares.reduce((all, share) => all + share, 0);
        return shares.map((share) => share / sum);
      };
      probability.set(soft(2.5), row * classes);
      const at = even();
      let upTo = 0;
      for (const [c, share] of soft(1).entries()) {
        if (upTo <= at) target[row] = c;
        upTo += share;
      }
    }
    const found = fitCalibrator('temperature', { probability, target, classes });
    assert.ok(
      found.kind === 'temperature' && Math.abs(found.temperature / 2.5 - 1) < 0.1,
      JSON.stringify(found),
    );
    const cool = applyCalibrator(found, probability);
    assert.ok(
      (multiclassLogLoss(target, cool, classes) as number) <
        (multiclassLogLoss(target, probability, classes) as number),
    );
  }
  const odds = drawn(4_000, 5);
  const sure = odds.probability.map((p) => sigmoid(4 * logOdds(p, 1e-9)));
  const found = fitCalibrator('temperature', { probability: sure, target: odds.target });
  assert.ok(found.kind === 'temperature' && Math.abs(found.temperature / 4 - 1) < 0.1);
});

test('certain and impossible are numbers still', () => {
  const probability = Float64Array.from({ length: 2_000 }, (_, i) => [0, 1, 0.5, 1e-300][i % 4] as number);
  const target = probability.map((p, i) => (i % 7 === 0 ? 1 - Math.round(p) : Math.round(p)));
  for (const kind of ['sigmoid', 'isotonic', 'temperature'] as const) {
    const answers = applyCalibrator(
      fitCalibrator(kind, { probability, target }),
      Float64Array.of(0, 1e-300, 0.3, 1),
    );
    for (const answer of answers) assert.ok(answer >= 0 && answer <= 1, `${kind} ${answer}`);
  }
  const alike = fitCalibrator('sigmoid', {
    probability: new Float64Array(10).fill(0.5),
    target: Float64Array.from({ length: 10 }, (_, i) => (i < 3 ? 1 : 0)),
  });
  near(applyCalibrator(alike, Float64Array.of(0.5))[0], (3 * (4 / 5) + 7 / 9) / 10, 1e-6, 'all alike');
});

test('what cannot be fitted is refused', () => {
  const refused = { code: 'MILL_JUDGE_CALIBRATOR' };
  assert.throws(() => fitCalibrator('isotonic', drawn(999, 1)), refused);
  assert.throws(
    () => fitCalibrator('sigmoid', { probability: Float64Array.of(0.1, 0.2), target: Float64Array.of(1, 1) }),
    refused,
  );
  const three = {
    probability: Float64Array.of(0.2, 0.3, 0.5, 0.2, 0.3, 0.5),
    target: Int32Array.of(0, 1),
    classes: 3,
  };
  assert.throws(() => fitCalibrator('sigmoid', three), refused);
  assert.throws(() => fitCalibrator('temperature', { ...three, target: Int32Array.of(0, 3) }), {
    code: 'MILL_JUDGE_INPUT',
  });
});
