import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderOf, sortedValues } from './order.ts';
import { evenNumbers } from './rows.fixture.ts';

test('many values are ordered as a sort by comparison orders them, ties in place', () => {
  const even = evenNumbers(3);
  const odd = [0, -0, 5e-324, -5e-324, 1, 1 - 2 ** -53, 1e300, -1e300, -1, 2 ** -1022, Math.PI];
  const sorts: Record<string, () => number> = {
    shares: even,
    'around 0': () => (even() - 0.5) * 10 ** Math.floor(even() * 20),
    ties: () => Math.floor(even() * 10) / 10,
    odd: () => odd[Math.floor(even() * odd.length)] as number,
    'of 32 bits': () => Math.fround(even()),
    constant: () => 0.3,
  };
  for (const [name, value] of Object.entries(sorts))
    for (const n of [0, 1, 50, 5_000]) {
      const values = Float64Array.from({ length: n }, value);
      const wanted = [...values.keys()].sort(
        (a, b) => (values[a] as number) - (values[b] as number) || a - b,
      );
      assert.deepEqual([...orderOf(values)], wanted, `${n} ${name}`);
      const plain = values.map((value) => value + 0).sort();
      assert.deepEqual(sortedValues(values), plain, `${n} ${name}`);
    }
});
