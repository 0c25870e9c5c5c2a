import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../../graph/index.ts';
import { col } from '../../contract/index.ts';
import type { FeatureSpec } from '../spec.ts';
import type { RequestGiven } from './compute.ts';
import { computeOf, computeRow, type RequestInput } from './compute.ts';
import { probe } from './probe.ts';
import { type RequestBody, requestFeatures } from './request.ts';

type Given = { request: { amount: number; at: Date }; activity: { recent: number[] } };
type Out = Readonly<Record<string, RequestGiven>>;

function nodeOf(compute: (input: Given) => unknown): Node<RequestBody> {
  const asset = requestFeatures('asked', {
    request: { amount: col.double(), at: col.timestamp() },
    // What it does is looked at, whatever its types say.
    compute: compute as unknown as () => Out,
  });
  return { ...asset['~'].nodes[0], asset } as unknown as Node<RequestBody>;
}

const recent = { name: 'recent', type: 'double', list: true, nullable: false } as unknown as FeatureSpec;
const probed = (compute: (input: Given) => unknown) => probe(nodeOf(compute), { activity: [recent] });
const fault = (compute: (input: Given) => unknown): string | undefined =>
  probed(compute).problems[0]?.message;

test('a function of its input has no faults, and Dates made of instants are no clock', () => {
  const { problems, columns } = probed(({ request, activity }) => ({
    hour: request.at.getUTCHours(),
    weekday: new Date(request.at).getUTCDay(),
    epoch: new Date('2026-01-01').getTime() + Date.UTC(2026, 0) + Date.parse('2026-01-01'),
    there: request.at instanceof Date,
    // A copy may be changed.
    most: activity.recent.slice().sort()[0] ?? null,
  }));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    columns.map(({ type }) => type),
    ['double', 'double', 'double', 'boolean', 'double'],
  );
});

test('the clock and chance are told by their names, whatever is made of them', () => {
  const pure = 'Use nothing but the input: no clock, no randomness, no state.';
  for (const [compute, name] of [
    [() => ({ x: Date.now() > 0 }), 'Date.now'],
    [() => ({ x: new Date().getUTCDay() < 9 }), 'new Date()'],
    [() => ({ x: Date().length > 0 }), 'Date()'],
    [() => ({ x: Math.random() < 2 }), 'Math.random'],
    [() => ({ x: performance.now() > 0 }), 'performance.now'],
    [() => ({ x: process.hrtime.bigint() > 0n }), 'process.hrtime'],
    [() => ({ x: process.hrtime().length }), 'process.hrtime'],
    [() => ({ x: crypto.randomUUID().length }), 'crypto.randomUUID'],
    [() => ({ x: Math.random() * 0 + new Date().getUTCDay() * 0 }), 'Math.random and new Date()'],
  ] as const) {
    const [problem] = probed(compute).problems;
    assert.equal(problem?.message, `It uses ${name}.`);
    assert.equal(problem?.todo, pure);
  }
  // Everything is as it was.
  assert.equal(typeof Date.now(), 'number');
  assert.match(Math.random.toString(), /native code/);
  assert.match(Date.toString(), /native code/);
  assert.ok(Object.getOwnPropertyDescriptor(crypto, 'randomUUID') === undefined);
});

test('the process, what is fetched and what is to be done later are told by their names, and nothing is done', async () => {
  const done: string[] = [];
  const later = (name: string) => () => void done.push(name);
  for (const [compute, name] of [
    [() => process.env['HOME'] ?? null, 'process.env'],
    [() => process.pid, 'process.pid'],
    [() => process.memoryUsage().heapUsed > 0, 'process.memoryUsage'],
    [() => clearTimeout(setTimeout(later('timer'), 0)) ?? 1, 'setTimeout'],
    [() => setTimeout(later('timer'), 0).unref() && 1, 'setTimeout'],
    [() => setInterval(later('interval'), 1) && 1, 'setInterval'],
    [() => setImmediate(later('turn')) && 1, 'setImmediate'],
    [() => queueMicrotask(later('task')) ?? 1, 'queueMicrotask'],
    [() => process.nextTick(later('tick')) ?? 1, 'process.nextTick'],
    [() => Number(fetch('http://localhost:1').then(later('fetch'))), 'fetch'],
  ] as const satisfies [() => unknown, string][]) {
    assert.equal(
      fault(() => ({ x: compute() as number })),
      `It uses ${name}.`,
    );
    // What it is known by is found out by many calls.
    assert.ok(nodeOf(() => ({ x: compute() as number })).body.code);
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(done, []);
  assert.equal(typeof process.pid, 'number');
  assert.match(setTimeout.toString(), /^function setTimeout\(callback/);
});

test("the machine's time zone and language are told by their names, and may be named instead", () => {
  const at = ({ request }: Given): Date => request.at;
  for (const [compute, name] of [
    [(g) => at(g).getHours(), 'getHours'],
    [(g) => new Date(at(g)).getDay(), 'getDay'],
    [(g) => at(g).getTimezoneOffset(), 'getTimezoneOffset'],
    [(g) => `${at(g)}`, 'toString'],
    [() => new Date(2026, 0, 1).getTime(), 'new Date(year, month, …)'],
    [() => new Date('2026-01-01T10:00').getTime(), 'new Date of a text without a time zone'],
    [() => Date.parse('Jan 1, 2026'), 'Date.parse of a text without a time zone'],
    [(g) => at(g).toLocaleDateString(), 'toLocaleDateString without a locale'],
    [(g) => at(g).toLocaleDateString('en'), 'toLocaleDateString without a time zone'],
    [(g) => g.request.amount.toLocaleString(), 'toLocaleString without a locale'],
    [(g) => new Intl.NumberFormat().format(g.request.amount), 'Intl.NumberFormat without a locale'],
    [() => ['ä', 'z'].sort((a, b) => a.localeCompare(b))[0], 'localeCompare without a locale'],
  ] as const satisfies [(given: Given) => unknown, string][]) {
    const [problem] = probed((given) => ({ x: compute(given) as string })).problems;
    assert.equal(problem?.message, `It uses ${name}.`);
    assert.match(problem?.todo ?? '', /time zone and language/);
  }
  const { problems } = probed(({ request: { at, amount } }) => ({
    hour: at.getUTCHours(),
    day: new Date('2026-01-01').getTime() + Date.parse('2026-01-01T10:00+02:00') + Date.UTC(2026, 0, 1),
    none: Number.isNaN(new Date('no date').getTime()),
    text: at.toISOString() + at.toLocaleDateString('en', { timeZone: 'Europe/Berlin' }),
    said: amount.toLocaleString('de') + new Intl.NumberFormat('en').format(amount),
    order: ['ä', 'z'].sort((a, b) => a.localeCompare(b, 'de'))[0] ?? null,
  }));
  assert.deepEqual(problems, []);
  assert.match(String(new Date(0).getHours()), /^\d+$/);
  assert.match(Date.prototype.getHours.toString(), /native code/);
});

test('state from call to call is found, also where two calls on end agree', () => {
  let calls = 0;
  assert.equal(
    fault(() => ({ n: calls++ })),
    'Called twice with the same input, it gives two answers.',
  );
  const seen = new Set<number>();
  assert.equal(
    fault(({ request }) => {
      seen.add(request.amount);
      return { n: seen.size };
    }),
    'It keeps something from call to call: after other inputs, the same input gives another answer.',
  );
});

test('a changed input is found: a field, a list, a Date', () => {
  const changes = /^It changes its input/;
  assert.match(
    fault(({ request }) => {
      request.amount = 1;
      return { n: 1 };
    }) ?? '',
    changes,
  );
  assert.match(fault(({ activity }) => ({ n: activity.recent.sort()[0] ?? null })) ?? '', changes);
  assert.match(
    fault(({ activity }) => {
      activity.recent.push(1);
      return { n: 1 };
    }) ?? '',
    changes,
  );
  assert.match(
    fault(({ request }) => {
      request.at.setUTCHours(0);
      return { n: 1 };
    }) ?? '',
    changes,
  );
});

test('a Promise is none of the values, and one that is rejected ends nothing', async () => {
  assert.equal(
    fault(async () => ({ n: 1 })),
    'It gives a Promise.',
  );
  assert.equal(
    fault(async () => {
      throw new Error('later');
    }),
    'It gives a Promise.',
  );
  assert.equal(
    fault(() => ({ n: Promise.resolve(1) })),
    "'n' is a Promise.",
  );
  await new Promise((resolve) => setImmediate(resolve));
});

test('names, types and what is thrown', () => {
  assert.equal(
    fault(({ request }) => ({ n: request.amount > 100 ? 'much' : 1 })),
    "'n' is sometimes double and sometimes string.",
  );
  assert.equal(
    fault(({ request }) => (request.amount > 100 ? { n: 1 } : { n: 1, m: 1 })),
    'It gives n for one input and n, m for another.',
  );
  assert.equal(
    fault(() => ({ n: { deep: 1 } })),
    "'n' is an object.",
  );
  assert.equal(
    fault(() => null),
    'It does not give a record of values.',
  );
  assert.equal(
    fault(() => ({})),
    'It gives nothing.',
  );
  assert.match(
    fault(() => {
      throw new Error('no');
    }) ?? '',
    /^It throws on {"request":.*}: no\.$/,
  );
});

test('what gives no record for some input is refused there', async () => {
  const columns = [{ name: 'n', type: 'double' }] as const;
  for (const [output, what] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'a number'],
    [[1], 'a list'],
    // Its values would all have been null.
    [Promise.resolve({ n: 1 }), 'a Promise'],
    [Promise.reject(new Error('later')), 'a Promise'],
    [{ n: Promise.reject(new Error('later')) }, undefined],
  ] as const)
    assert.throws(() => computeRow('asked', () => output as unknown as Out, columns, { request: {} }), {
      code: 'MILL_REQUEST_FEATURES_FAILED',
      message:
        what === undefined
          ? /'n' is a Promise, not double/
          : new RegExp(`it gives ${what}, no record of values`),
    });
  // One that is rejected ends nothing.
  await new Promise((resolve) => setImmediate(resolve));
});

test('a list of numbers is a column for each, and as long each time', () => {
  const node = nodeOf(({ request }) => ({
    v: request.amount < 0 ? null : [request.amount, request.amount * 2, 0 / 0],
    n: request.amount,
  }));
  const { problems, columns } = probe(node, {});
  assert.deepEqual(problems, []);
  assert.deepEqual(
    columns.map(({ name, type }) => [name, type]),
    [
      ['v.0', 'double'],
      ['v.1', 'double'],
      ['v.2', 'double'],
      ['n', 'double'],
    ],
  );
  const row = (compute: (input: RequestInput) => Out, amount: number) =>
    computeRow('asked', compute, columns, { request: { amount } });
  // No number is no value.
  assert.deepEqual(row(computeOf(node), 4), { 'v.0': 4, 'v.1': 8, 'v.2': null, n: 4 });
  assert.deepEqual(row(computeOf(node), -1), { 'v.0': null, 'v.1': null, 'v.2': null, n: -1 });
  const refused = { code: 'MILL_REQUEST_FEATURES_FAILED' };
  assert.throws(() => row(() => ({ v: [1, 2], n: 1 }), 1), {
    ...refused,
    message: /asked: 'v' is a list of 2 numbers, not of 3\./,
  });
  assert.throws(() => row(() => ({ v: 1, n: 1 }), 1), {
    ...refused,
    message: /'v' is a number, not a list of 3 numbers/,
  });
  assert.throws(() => row(() => ({ v: [1, 2, 'x'] as unknown as number[], n: 1 }), 1), {
    ...refused,
    message: /'v\.2' is a string, not double/,
  });
  assert.throws(() => row(() => ({ v: [1, 2, 3], n: [1] }), 1), refused);
  assert.equal(
    fault(({ request }) => ({ v: request.amount > 100 ? [1] : [1, 2] })),
    "'v' is sometimes a list of 2 numbers and sometimes a list of 1 number.",
  );
  assert.equal(
    fault(({ request }) => ({ v: request.amount > 100 ? 1 : [1, 2] })),
    "'v' is sometimes a list of 2 numbers and sometimes double.",
  );
  for (const list of [[], ['a'], [[1]], new Array(5_000).fill(0)])
    assert.match(fault(() => ({ v: list })) ?? '', /^'v' is a list\.$/);
});
