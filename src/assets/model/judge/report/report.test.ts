import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateBinary, evaluateRegression } from '../evaluate.ts';
import { seededUint32 } from '../random.ts';
import { html } from './html.ts';
import { amount, figure, measure, share } from './numbers.ts';
import { renderReport } from './report.ts';
import { linear, root, tenfold } from './scale.ts';

const next = seededUint32(11);
const random = () => next() / 2 ** 32;
const probability = Float64Array.from({ length: 3000 }, () => random() ** 4);
const target = probability.map((p) => (random() < p ? 1 : 0));
const binary = evaluateBinary({
  target,
  probability,
  threshold: 0.05,
  cost: { falsePositive: 2, falseNegative: 80 },
});
const instant = Date.UTC(2026, 8, 1) * 1000;
const parts = {
  train: { rows: 14_000, from: 0, to: instant },
  validation: { rows: 3000, from: instant, to: instant },
  test: { rows: 3000, from: instant, to: Date.UTC(2026, 8, 30, 12) * 1000 },
};

/** Tags that are opened and not closed, or closed and not open; void elements and SVG's self-closing ones aside. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^>]*?)?(\/?)>/g)) {
    if (self || name === 'meta') continue;
    if (!end) open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

function sound(page: string): void {
  assert.deepEqual(unbalanced(page), []);
  assert.doesNotMatch(page, /NaN|Infinity|undefined|\[object|<script|https?:|-0[<"]/);
}

test('a page is well formed, complete in itself, and shows the figures', () => {
  const page = renderReport({
    model: 'screen',
    version: 'v7',
    trainer: 'gbdt',
    evaluation: binary,
    importance: { amount: 0.7, count_1h: 0.3 },
    parts,
  });
  sound(page);
  for (const wanted of [
    figure(binary.rocAuc),
    figure(binary.prAuc),
    'v7',
    '2026-09-30',
    '14,000',
    'count_1h',
  ])
    assert.ok(page.includes(wanted), wanted);
  assert.equal(page.match(/<svg/g)?.length, 5);
  assert.ok(page.length < 60_000, `${page.length} characters`);
});

test('no text from outside can be anything but text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>&"\'/=a ;-!'), maxLength: 30 }), (hostile) => {
      const text = `x<img src=x onerror=alert(1)>${hostile}`;
      const page = renderReport({
        model: text,
        version: text,
        trainer: text,
        evaluation: binary,
        importance: { [text]: 1 },
        parts,
      });
      assert.deepEqual(unbalanced(page), []);
      assert.doesNotMatch(page, /<img/);
    }),
    { numRuns: 50 },
  );
  assert.equal(
    html`<a title="${'"><b>'}">${['&', html`<i>${1}</i>`]}</a>`.markup,
    '<a title="&quot;&gt;&lt;b&gt;">&amp;<i>1</i></a>',
  );
});

test('pages of what is undefined are whole too', () => {
  const none = new Float64Array();
  const zero = Float64Array.of(0, 0);
  const pages = [
    evaluateBinary({ target: none, probability: none, threshold: 0.5 }),
    evaluateBinary({
      target: none,
      probability: none,
      threshold: 0.5,
      cost: { falsePositive: 1, falseNegative: 1 },
    }),
    evaluateBinary({
      target: zero,
      probability: zero,
      threshold: 0.5,
      cost: { falsePositive: 1, falseNegative: 1 },
    }),
    evaluateBinary({ target: Float64Array.of(1, 1), probability: Float64Array.of(1, 1), threshold: 2 }),
    evaluateRegression({ target: none, predicted: none }),
    evaluateRegression({ target: zero, predicted: zero }),
    evaluateRegression({ target: Float64Array.of(-1e12, 1e-9, 3), predicted: Float64Array.of(5, 5, 1e-9) }),
  ].map((evaluation) =>
    renderReport({
      model: 'm',
      trainer: 't',
      evaluation,
      importance: { a: 0 },
      parts: { train: { rows: 0 }, validation: { rows: 0 }, test: { rows: 0 } },
    }),
  );
  for (const page of pages) sound(page);
  assert.match(pages[0] as string, /no rows to judge/);
});

test('numbers read as a person would write them', () => {
  assert.deepEqual([0.9337, 0.0012345, 0.00001, 0, null].map(figure), [
    '0.934',
    '0.0012',
    '1.0e-5',
    '0.000',
    '–',
  ]);
  assert.deepEqual([443.27, 12345.6, 2, null].map(amount), ['443.3', '12,346', '2', '–']);
  assert.deepEqual([12, 1234.5, 0, null].map(measure), ['12.00', '1,235', '0', '–']);
  assert.deepEqual([0.0123, 0.5, null].map(share), ['1.23%', '50%', '–']);
});

test('scales put their ends at the ends and ticks within', () => {
  const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(number, fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (low, span) => {
      const high = low + span;
      fc.pre(high - low > Math.abs(low) * 1e-9);
      const { at, ticks } = linear(low, high, [10, 110]);
      assert.equal(at(low), 10);
      assert.ok(Math.abs(at(high) - 110) < 1e-6);
      assert.ok(ticks.length >= 2 && ticks.length <= 8, `${ticks.length} ticks`);
      for (const tick of ticks) assert.ok(at(tick) > 9.99 && at(tick) < 110.01);
    }),
  );
  assert.deepEqual(
    linear(-0.1, 1, [0, 1]).ticks.map((tick) => Number(tick.toFixed(6))),
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  );
  assert.equal(root(0.25, [0, 100]).at(0.0625), 50);
  const counts = tenfold(1000, [0, 100]);
  assert.deepEqual(counts.ticks, [1, 10, 100, 1000]);
  assert.deepEqual([counts.at(0), counts.at(1000)], [0, 100]);
});
