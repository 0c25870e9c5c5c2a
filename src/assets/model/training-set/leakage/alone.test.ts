import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededUint32 } from '../../judge/random.ts';
import { tellsAlone } from './alone.ts';

const next = seededUint32(3);
const draw = (): number => next() / 2 ** 32;
const ROWS = 2_000;
const yes = Float64Array.from({ length: ROWS }, () => (draw() < 0.2 ? 1 : 0));
const noise = Float64Array.from({ length: ROWS }, draw);
const amount = noise.map((value, row) => 100 * value + 30 * (yes[row] as number));
const number = (values: Float64Array) => ({ name: 'x', type: 'double', values }) as const;
const text = (of: (row: number) => string | null) =>
  ({ name: 'x', type: 'string', values: Array.from({ length: ROWS }, (_, row) => of(row)) }) as const;
const told = (column: Parameters<typeof tellsAlone>[2], target = yes): number =>
  tellsAlone('binary', target, column) ?? Number.NaN;

test('noise tells nothing, a good input tells something, the answer tells all, in both directions', () => {
  assert.ok(told(number(noise)) < 0.56);
  assert.ok(told(number(amount)) > 0.6 && told(number(amount)) < 0.9);
  assert.equal(told(number(yes)), 1);
  assert.equal(told(number(yes.map((y) => -3 * y))), 1);
});

test('that a value is there at all can tell all', () => {
  assert.equal(told(number(noise.map((value, row) => (yes[row] === 1 ? value : Number.NaN)))), 1);
  assert.ok(told(number(noise.map((value, row) => (row < 3 ? value : Number.NaN)))) < 0.6);
});

test('categories are judged by rows of other folds: a name of its own for every row tells nothing', () => {
  assert.ok(told(text((row) => `id-${row}`)) < 0.56);
  assert.ok(told(text((row) => `c${Math.floor((noise[row] as number) * 300)}`)) < 0.6);
  assert.ok(told(text((row) => (yes[row] === 1 ? 'charged back' : row % 2 === 0 ? 'paid' : null))) > 0.999);
});

test('of a number: its copy, another unit of it, and its order', () => {
  const target = Float64Array.from({ length: ROWS }, () => 5 * draw() ** 4);
  const r2 = (values: Float64Array): number => tellsAlone('regression', target, number(values)) as number;
  for (const made of [(v: number) => 9 * v - 4, (v: number) => -Math.exp(3 * v)])
    assert.ok(r2(target.map(made)) > 0.999);
  assert.ok(r2(noise) < 0.05);
  assert.ok(r2(target.map((v) => v + 2 * draw())) < 0.9);
  const category = text((row) => `c${Math.floor((noise[row] as number) * 20)}`);
  assert.ok((tellsAlone('regression', noise, category) as number) > 0.98);
});

test('of few rows nothing is said', () => {
  const few = Float64Array.from({ length: 30 }, (_, row) => (row < 15 ? 1 : 0));
  assert.equal(tellsAlone('binary', few, number(few)), null);
  assert.equal(tellsAlone('regression', few, number(few)), null);
});
