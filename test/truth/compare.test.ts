import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Comparison, compareModels, modelVersionOf, type OnSameRows } from '../../src/assets/index.ts';
import { type Bench, openBench } from './line.fixture.ts';
import { CASES, type Case, putVisits, visited } from './trainers.fixture.ts';
import { LATER, live } from './training-set.fixture.ts';

// Two versions on the same rows, whatever they tell: how far apart, and whether that is more than chance.

/** By task: one that has learnt something, one that any model must beat, and the figure in which it does. */
const PAIRS = {
  binary: { good: 'gbdt_binary', blind: 'baseline_binary', figure: 'rocAuc' },
  multiclass: { good: 'gbdt_classes', blind: 'baseline_classes', figure: 'logLoss' },
  regression: { good: 'linear_regression', blind: 'baseline_regression', figure: 'rmse' },
  quantile: { good: 'gbdt_quantile', blind: 'baseline_regression', figure: 'mae' },
  ranking: { good: 'gbdt_ranking', blind: 'baseline_ranking', figure: 'ndcg' },
} as const;

/** Equal, but for rounding at the size of the number; a figure that is none is like no other. */
const near = (a: number | null, b: number | null, within: number): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= within * Math.max(1, Math.abs(b)));

describe('two models on the rows that judged the second', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
    putVisits(bench, 1_600);
    const names = new Set(Object.values(PAIRS).flatMap(({ good, blind }) => [good, blind]));
    const cases = Object.fromEntries([...names].map((name) => [name, CASES[name] as Case]));
    const { ok, steps } = await bench.run(visited(cases));
    assert.ok(ok, JSON.stringify(steps.flatMap(({ problems }) => problems)));
  });
  after(() => bench.close());

  const compared = (a: string, b: string): Promise<Comparison> =>
    compareModels(bench.workspace, live(bench, a), live(bench, b));
  const onSameRows = async (a: string, b: string): Promise<OnSameRows> => {
    const { onSameRows: found } = await compared(a, b);
    assert.ok(!('why' in found), JSON.stringify(found));
    return found;
  };

  for (const [task, { good, blind, figure }] of Object.entries(PAIRS))
    test(`${task}: better one way, worse the other, by the same difference; beside itself undecided`, async () => {
      const [up, down, self] = [
        await onSameRows(blind, good),
        await onSameRows(good, blind),
        await onSameRows(good, good),
      ];
      const { task: told, parts } = modelVersionOf(live(bench, good));
      assert.deepEqual([up.task, up.rows], [told, parts.test.rows]);
      assert.ok((up.apart as number) >= 10);
      const [better, worse] = [up.differences[figure], down.differences[figure]];
      assert.ok(better?.interval && worse?.interval, JSON.stringify(up.differences));
      assert.deepEqual([better.verdict, worse.verdict], ['better', 'worse']);
      const [there, back] = [better.difference as number, worse.difference as number];
      assert.ok(Math.abs(there + back) < 1e-12);
      assert.ok(better.interval.low <= there && there <= better.interval.high);
      assert.ok(Math.abs(better.interval.low + worse.interval.high) < 1e-9);

      // One truth: what is compared is what was judged, and both are on record.
      const names = Object.keys(up.differences) as (keyof typeof up.differences)[];
      assert.ok(names.length > 2);
      for (const name of names) {
        const { champion, challenger, difference } = up.differences[name] ?? {};
        const { a, b } = up.figures[name] ?? {};
        for (const [x, y] of [
          [champion, a],
          [challenger, b],
          [difference, a === null || b === null ? null : (b as number) - (a as number)],
        ] as [number, number][])
          assert.ok(near(x, y, 1e-9), `${name}: ${x} and ${y}`);
        // A file computes in float32, its trainer did not.
        const recorded = modelVersionOf(live(bench, good)).evaluation.figures[name] as number;
        assert.ok(near(b as number, recorded, 1e-5), `${name}: ${b}, on record ${recorded}`);
      }

      const whole = {
        binary: { alike: up.rows },
        multiclass: { alike: up.rows },
        regression: { apart: 0 },
        ranking: { lists: { rows: up.agreement.lists?.rows, first: up.agreement.lists?.rows, topTen: 1 } },
      }[told];
      assert.deepEqual(self.agreement, whole);
      assert.equal(up.targets, undefined);
      assert.deepEqual(up.agreement, down.agreement);
      assert.notDeepEqual(up.agreement, whole);
      for (const [name, { champion, difference, verdict }] of Object.entries(self.differences))
        assert.deepEqual([difference, verdict], [champion === null ? null : 0, 'undecided'], name);
    });

  test('the pinball loss is compared where quantiles are told', async () => {
    const { differences } = await onSameRows(PAIRS.quantile.blind, PAIRS.quantile.good);
    assert.equal(differences.pinball?.verdict, 'better');
    const { differences: plain } = await onSameRows(PAIRS.quantile.good, PAIRS.regression.good);
    assert.equal(plain.pinball, undefined);
  });

  test('different questions are not compared on any rows', async () => {
    const { onSameRows: found } = await compared(PAIRS.binary.good, PAIRS.regression.good);
    assert.deepEqual(found, { why: 'they are asked different questions' });
  });
});
