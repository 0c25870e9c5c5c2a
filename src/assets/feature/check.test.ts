import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDuckDb } from '../../engine/index.ts';
import type { CheckContext, Node } from '../../graph/index.ts';
import { col } from '../contract/index.ts';
import { files, source } from '../source/index.ts';
import type { Aggregates } from './aggregates.ts';
import { checkFeatures, checkRequest } from './check.ts';
import { type AnyFeatures, type FeatureMap, features } from './declare.ts';
import { entity } from './entity.ts';
import { type RequestBody, requestFeatures } from './request/request.ts';
import type { FeaturesBody } from './spec.ts';

test('a field of a request has a pattern that the engine reads, and lies in nothing', async () => {
  const engine = await openDuckDb({});
  const session = await engine.session();
  try {
    const asked = requestFeatures('asked', {
      request: {
        sound: col.string().matches(/^[A-Z]{2}-\d+$/),
        ahead: col.string().matches(/^(?=a)/),
        city: col.string().at('customer.city'),
      },
      uses: {},
      compute: ({ request }) => ({ n: request.sound.length }),
    });
    const [node] = asked['~'].nodes;
    const found = await checkRequest(
      node as unknown as Node<RequestBody>,
      [
        { name: 'n', type: 'double' },
        { name: 'N', type: 'double' },
      ],
      session,
    );
    assert.deepEqual(
      found.map(({ code, asset, message }) => [code, asset, message.slice(0, 60)]),
      [
        ['MILL_CONTRACT_INVALID', 'asked', "The pattern of column 'ahead' does not compile: Invalid Inpu"],
        [
          'MILL_REQUEST_FEATURES_INVALID',
          'asked',
          "The field 'city' says where it lies in a JSON object, but a ",
        ],
        ['MILL_REQUEST_FEATURES_INVALID', 'asked', "'n' and 'N' differ only in upper and lower case."],
      ],
    );
  } finally {
    await engine.close();
  }
});

const rows = source('rows', {
  from: files('rows.csv'),
  columns: {
    k: col.string(),
    require: col.string(),
    x: col.double(),
    word: col.string(),
    at: col.timestamp(),
  },
  eventTime: 'at',
});

/** What `check` says of features. */
function said(asset: AnyFeatures): string[] {
  const nodes = [...rows['~'].nodes, ...asset['~'].nodes];
  const graph = { nodes: new Map(nodes.map((node) => [node.name, node])) };
  const [node] = asset['~'].nodes as unknown as [Node<FeaturesBody>];
  return checkFeatures(node, { graph } as unknown as CheckContext).map(({ message }) => message);
}

// Types refuse these; a program that is not compiled must hear of them too.
type Loose = Record<
  keyof Aggregates<(typeof rows)['columns']>,
  // biome-ignore lint/suspicious/noExplicitAny: as if there were no types
  any
>;
const loose = (compute: (a: Loose) => unknown): AnyFeatures =>
  features('f', {
    entity: entity('e', { key: 'k' }),
    from: rows,
    compute: compute as unknown as () => FeatureMap,
  });

test('look-ups are audited every so many, a whole number, or never', () => {
  const audited = (every: number): string[] =>
    said(
      features('f', {
        ...{ entity: entity('e', { key: 'k' }), from: rows, audit: { every } },
        compute: ({ count }) => ({ n: count().over('1d') }),
      }),
    );
  for (const every of [0, 1, 100]) assert.deepEqual(audited(every), []);
  for (const every of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.deepEqual(audited(every), [`It is to be audited every ${every} look-ups.`]);
});

test('what is no feature, and what is no condition, is refused where it is declared', () => {
  for (const [compute, message] of [
    [(a) => ({ n: a.count() }), "'n' has no window."],
    [(a) => ({ n: a.sum('x').where(a.row.x.above(1)) }), "'n' has no window."],
    [() => ({ n: 5 }), "'n' is no feature."],
    [() => ({ n: null }), "'n' is no feature."],
    [() => undefined, 'Its compute gives no record of features.'],
    [(a) => [a.count().over('1h')], 'Its compute gives no record of features.'],
    [(a) => ({ n: a.ratio(a.count(), 2) }), 'It reckons with an aggregate that has no window.'],
    [(a) => ({ n: a.ratio(a.count().over('1h'), '2') }), 'It reckons with a string.'],
    [(a) => ({ n: a.plus(null, 2) }), 'It reckons with null.'],
    // These took every row.
    [(a) => ({ n: a.count().where(true).over('1h') }), 'A condition is a boolean.'],
    [
      (a) => ({
        n: a
          .count()
          .where(() => false)
          .over('1h'),
      }),
      'A condition is a function.',
    ],
    [(a) => ({ n: a.count().where().over('1h') }), 'A condition is missing.'],
    [(a) => ({ n: a.share(null).over('1h') }), 'A condition is null.'],
    [(a) => ({ n: a.share(a.row.x.above(1).and(1)).over('1h') }), 'A condition is a number.'],
  ] as const satisfies [(a: Loose) => unknown, string][])
    assert.throws(() => loose(compute), {
      code: 'MILL_FEATURES_INVALID',
      message: new RegExp(message.replaceAll(/[.()]/g, '\\$&')),
    });
});

test('arithmetic is done with numbers', () => {
  for (const [compute, message] of [
    [(a) => a.ratio(a.last('word').over('1h'), 2), "'n' reckons with a string."],
    [(a) => a.plus(1, a.lastK('x', 2).over('1h')), "'n' reckons with a list."],
    [(a) => a.difference(a.last('at').over('1h'), a.first('at').over('1h')), "'n' reckons with a timestamp."],
    [(a) => a.times(a.plus(a.count().over('1h'), Number.NaN), 2), "'n' reckons with NaN."],
    [(a) => a.times(a.count().over('1h'), Infinity), "'n' reckons with Infinity."],
  ] as const satisfies [(a: Loose) => unknown, string][])
    assert.equal(said(loose((a) => ({ n: compute(a) })))[0], message);
  assert.deepEqual(said(loose((a) => ({ n: a.ratio(2, a.plus(a.mean('x').over('1h'), -0.5)) }))), []);
});

test('names are columns of training sets, and keys are named once', () => {
  const named = (...names: string[]): string[] =>
    said(loose((a) => Object.fromEntries(names.map((name) => [name, a.count().over('1h')]))));
  assert.deepEqual(named('a b"c', 'é🦓', 'x'.repeat(200), 'constructor', 'toString'), []);
  assert.deepEqual(named(''), ['A feature has no name.']);
  assert.deepEqual(named('x'.repeat(201)), [`'${'x'.repeat(40)}…' has 201 characters.`]);
  assert.deepEqual(named('a\0b'), ['The name of a feature holds a NUL character.']);
  assert.deepEqual(named('_n'), ["'_n' begins with '_'."]);
  assert.deepEqual(named('n', 'other', 'N'), ["'n' and 'N' differ only in upper and lower case."]);
  const twice = entity('e', { key: ['k', 'k'] });
  assert.deepEqual(
    said(features('f', { entity: twice, from: rows, compute: ({ count }) => ({ n: count().over('1h') }) })),
    ["'k' is twice among the keys of e."],
  );
  const option = features('f', {
    entity: entity('e', { key: ['k', 'require'] }),
    from: rows,
    compute: ({ count }) => ({ n: count().over('1h') }),
  });
  assert.deepEqual(said(option), [
    "The key of e is called 'require', as is the option of a look-up (?require=fresh).",
  ]);
});

test('request features use features, and none under the name of the question', () => {
  const asset = loose((a) => ({ n: a.count().over('1h') }));
  const using = (uses: object): unknown =>
    requestFeatures('r', { request: {}, uses: uses as { a: AnyFeatures }, compute: () => ({ n: 1 }) });
  const refused = { code: 'MILL_REQUEST_FEATURES_INVALID' };
  using({ asset });
  assert.throws(() => using({ request: asset }), { ...refused, message: /under the name 'request'/ });
  assert.throws(() => using({ rows }), { ...refused, message: /It uses 'rows', which is no features\./ });
  assert.throws(() => using({ a: undefined }), { ...refused, message: /It uses 'a', which is missing\./ });
});
