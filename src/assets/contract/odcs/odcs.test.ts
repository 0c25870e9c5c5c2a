import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { canonicalJson, type Json, type JsonObject, MillraceError } from '../../../base/index.ts';
import type { CellRule, ColumnSpec, ContractSpec, RuleNote, TableRule } from '../spec.ts';
import { type DescribedDataset, declarationText, fromOdcs, odcsText, parseOdcs, toOdcs } from './index.ts';

const golden = (name: string): string => readFileSync(join(import.meta.dirname, 'golden', name), 'utf8');

/** Lists of objects in one order: theirs says nothing. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) {
    const list = (value as readonly Json[]).map(sorted);
    return list.every((one) => typeof one === 'object')
      ? list.sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))
      : list;
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
}

const hairy = fc.constantFrom(
  'a',
  'b c',
  "it's",
  '"q"',
  '\\',
  'é\u2028',
  '\u0024{x}',
  'x.y',
  'line\nbreak',
  '*/',
  'null',
  '1',
);
const number = fc.oneof(fc.integer({ min: -99, max: 99 }), fc.constantFrom(0.1, 1e21, -2.5e-7));
const note: fc.Arbitrary<RuleNote> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.record(
    { severity: fc.constantFrom('block', 'warn'), owner: hairy, description: hairy },
    { requiredKeys: [] },
  ),
);
const noted = <R extends object>(rule: fc.Arbitrary<R>) =>
  fc.tuple(rule, note).map(([r, n]) => ({ ...r, ...n }));
const references = fc.record({
  rule: fc.constant('references'),
  dataset: fc.constantFrom('cards', 'sh_ops'),
  column: hairy,
});
const rulesOf = (type: ColumnSpec['type']): fc.Arbitrary<CellRule> =>
  noted<object>(
    type === 'string'
      ? fc.oneof(
          fc.record({
            rule: fc.constant('oneOf'),
            values: fc.uniqueArray(hairy, { minLength: 1, maxLength: 3 }),
          }),
          fc.record({
            rule: fc.constant('matches'),
            pattern: fc.constantFrom('^a+$', '(?i)x/y', '\\d{3}', 'a\nb', '\\Qx\\E', '/'),
          }),
          fc.record({ rule: fc.constant('length'), min: fc.nat(5), max: fc.integer({ min: 5, max: 9 }) }),
          references,
        )
      : type === 'double' || type === 'integer'
        ? fc.oneof(fc.record({ rule: fc.constant('between'), min: number, max: number }), references)
        : references,
  ) as fc.Arbitrary<CellRule>;
const column = (name: string): fc.Arbitrary<ColumnSpec> =>
  fc.constantFrom<ColumnSpec['type']>('string', 'double', 'integer', 'boolean', 'timestamp').chain((type) =>
    fc
      .record(
        {
          nullable: fc.boolean(),
          rules: fc.array(rulesOf(type), { maxLength: 3 }),
          description: hairy,
          pii: fc.constant(true as const),
          at: fc.constantFrom('/x', '/customer/a.b/0', "/it's/~1/c"),
        },
        { requiredKeys: ['nullable', 'rules'] },
      )
      .map((rest) => ({ name, type, ...rest })),
  );
const like = fc.record({ tolerance: fc.constantFrom(0.1, 0.3), deviations: fc.constantFrom(4, 2) });
const wanted = fc.oneof(fc.record({ bounds: fc.record({ min: number, max: number }) }), fc.record({ like }));
const tableRule: fc.Arbitrary<TableRule> = noted(
  fc.oneof(
    fc.record({ rule: fc.constant('rowCount'), min: fc.nat(9) }),
    fc.record({ rule: fc.constant('rowCount'), min: fc.nat(9), max: fc.nat(99) }),
    fc.record({ rule: fc.constant('rowCountLike'), like }),
    fc.record({ rule: fc.constant('unique'), columns: fc.constantFrom(['c0'], ['c1', "it's"]) }),
    fc.record({
      rule: fc.constant('nullShare'),
      column: fc.constantFrom('c0', "it's"),
      max: fc.constantFrom(0, 0.07, 1 / 3, 1),
    }),
    fc.record({ rule: fc.constant('mean'), column: fc.constant('c1'), wanted }),
    fc.record({
      rule: fc.constant('quantile'),
      column: fc.constant('c1'),
      at: fc.constantFrom(0.5, 1),
      wanted,
    }),
    fc.record({
      rule: fc.constant('sql'),
      name: hairy,
      sql: fc.constantFrom('select 1 from {table}', "select '{object}' from {table}"),
      bounds: fc.record({ min: number, max: number }, { requiredKeys: ['min'] }),
    }),
  ),
) as fc.Arbitrary<TableRule>;
const dataset: fc.Arbitrary<DescribedDataset> = fc
  .tuple(column('c0'), column('c1'), column("it's"))
  .chain((columns) =>
    fc.record(
      {
        name: fc.constantFrom('payments', 'files', 'x2'),
        description: hairy,
        contract: fc
          .record(
            {
              key: fc.constantFrom([], ['c0'], ["it's", 'c1']),
              availableAfter: fc.constantFrom(0, 3_600_000_000),
              owner: hairy,
              rowRules: fc.array(noted(fc.record({ rule: fc.constant('where'), name: hairy, sql: hairy })), {
                minLength: 1,
                maxLength: 2,
              }),
              tableRules: fc.array(tableRule, { maxLength: 4 }),
              onBreach: fc.constantFrom('quarantine', 'warn', 'block'),
            },
            { requiredKeys: ['key', 'availableAfter', 'tableRules', 'onBreach'] },
          )
          .chain((rest) =>
            fc
              .constantFrom(
                {},
                { eventTime: 'c0', fresh: 172_800_000_000 },
                { eventTime: 'c0', availableAt: 'c1' },
              )
              .map((times) => ({
                ...rest,
                ...times,
                columns: columns.map((c) => ({
                  ...c,
                  nullable: c.nullable && !rest.key.includes(c.name as never),
                })),
              })),
          ) as fc.Arbitrary<ContractSpec>,
      },
      { requiredKeys: ['name', 'contract'] },
    ),
  );

test('a contract of ours comes back as it was, by YAML', () => {
  fc.assert(
    fc.property(dataset, (one) => {
      const back = fromOdcs(parseOdcs(odcsText(toOdcs([one]))));
      assert.deepEqual(sorted(back as unknown as Json), sorted([one] as unknown as Json));
    }),
    { numRuns: 300 },
  );
});

test('a document of others comes back as it was, whatever it says besides', () => {
  const json = fc.oneof(
    hairy,
    number,
    fc.constant(null),
    fc.array(hairy, { maxLength: 2 }),
    fc.record({ custom: hairy }),
  );
  fc.assert(
    fc.property(
      dataset,
      fc.array(
        fc.tuple(fc.nat(200), fc.constantFrom('tags', 'other', 'businessName', 'name2', 'dimension'), json),
        { maxLength: 8 },
      ),
      fc.array(fc.nat(200), { maxLength: 3 }),
      (one, additions, removals) => {
        const document = JSON.parse(JSON.stringify(toOdcs([one]))) as JsonObject;
        const objects: Record<string, Json>[] = [];
        const visit = (value: Json): void => {
          if (value === null || typeof value !== 'object') return;
          if (!Array.isArray(value)) objects.push(value as Record<string, Json>);
          for (const inner of Object.values(value)) visit(inner as Json);
        };
        visit(document);
        for (const [at, key, value] of additions) {
          const target = objects[at % objects.length] as Record<string, Json>;
          target[key] = value;
        }
        for (const at of removals) {
          const target = objects[at % objects.length] as Record<string, Json>;
          const keys = Object.keys(target).filter(
            (key) => !['apiVersion', 'kind', 'schema', 'name', 'properties'].includes(key),
          );
          const key = keys[at % (keys.length || 1)];
          if (key !== undefined) delete target[key];
        }
        assert.deepEqual(sorted(toOdcs(fromOdcs(document))), sorted(document));
      },
    ),
    { numRuns: 300 },
  );
});

test('the golden document: what is understood, what is kept, and the declaration', () => {
  const document = parseOdcs(golden('orders.odcs.yaml'));
  const read = fromOdcs(document);
  assert.deepEqual(sorted(toOdcs(read)), sorted(document));
  const text = declarationText(read);
  if (process.env['MILLRACE_GOLDEN'] === 'write')
    writeFileSync(join(import.meta.dirname, 'golden', 'orders.ts.txt'), text);
  assert.equal(text, golden('orders.ts.txt'));
  const written = odcsText(
    toOdcs(read.map(({ contract: { odcs: _, ...contract }, ...rest }) => ({ ...rest, contract }))),
  );
  if (process.env['MILLRACE_GOLDEN'] === 'write')
    writeFileSync(join(import.meta.dirname, 'golden', 'orders.own.yaml'), written);
  assert.equal(written, golden('orders.own.yaml'));
});

test('an edit of the declaration is what is exported, and what nobody touched stays', () => {
  const [orders] = fromOdcs(parseOdcs(golden('orders.odcs.yaml'))) as [DescribedDataset];
  const columns = orders.contract.columns
    .filter(({ name }) => name !== 'note')
    .map((c) => (c.name === 'amount' ? { ...c, type: 'integer' as const, rules: [] } : c))
    .map((c) => (c.name === 'country' ? { ...c, rules: [{ rule: 'oneOf' as const, values: ['DE'] }] } : c));
  const tableRules = orders.contract.tableRules.filter((rule) => rule.rule !== 'rowCount');
  const edited = { ...orders, contract: { ...orders.contract, columns, tableRules, owner: 'new' } };
  const [back] = fromOdcs(JSON.parse(JSON.stringify(toOdcs([edited]))) as Json) as [DescribedDataset];
  const { odcs: _, ...contract } = back.contract;
  const { odcs: __, ...wantedContract } = edited.contract;
  assert.deepEqual(sorted(contract as unknown as Json), sorted(wantedContract as unknown as Json));
  const text = odcsText(toOdcs([edited]));
  for (const kept of ['businessName: Gross amount', 'channel: "#shop"', 'dimension: timeliness'])
    assert.ok(text.includes(kept), `${kept} in\n${text}`);
});

test('the declaration is a program that declares the same contract', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const door = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'index.ts')).href;
  const known = 'const cards = { name: "cards" }, sh_ops = { name: "sh_ops" };';
  const samples = fc.sample(dataset, { numRuns: 40, seed: 7 });
  try {
    for (const [i, one] of samples.entries()) {
      const text = declarationText([one])
        .replace("from 'millrace';", `from ${JSON.stringify(door)};\n${known}`)
        .replace(/^import \{ \w+ \} from '\.\/\w+\.ts';\n/gm, '');
      const file = join(folder, `${i}.ts`);
      writeFileSync(file, text);
      const [asset] = Object.values(await import(pathToFileURL(file).href)) as {
        '~': { nodes: JsonObject[] };
      }[];
      const node = asset?.['~'].nodes[0] as JsonObject;
      const { contract } = node['body'] as JsonObject;
      assert.equal(node['description'], one.description);
      assert.deepEqual(JSON.parse(JSON.stringify(contract)), JSON.parse(JSON.stringify(one.contract)), text);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what is no data contract is refused by name', () => {
  const cases: [string, RegExp][] = [
    ['{', /^It is not YAML: .* at line 1, column 2/],
    ['[]', /^The document is a list, not an object/],
    ['kind: Other', /^It is "Other" of missing/],
    ['{kind: DataContract, apiVersion: v2.2.0}', /^It is "DataContract" of "v2.2.0"/],
    ['{kind: DataContract, apiVersion: v3.1.0}', /^schema is missing, not a list/],
    ['{kind: DataContract, apiVersion: v3.1.0, schema: []}', /^Its schema has no objects/],
    ['{kind: DataContract, apiVersion: v3.1.0, schema: [{name: x}]}', /^the properties of x is missing/],
    [
      '{kind: DataContract, apiVersion: v3.1.0, schema: [{name: x, properties: [{}]}]}',
      /^A property has no name/,
    ],
    [
      '{kind: DataContract, apiVersion: v3.1.0, schema: [{name: x, properties: [{name: a}, {name: a}]}]}',
      /^'x' has the property 'a' twice/,
    ],
    [
      `a: &a [x, x]\n${'bcdefghij'
        .split('')
        .map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]}, `.repeat(9)}]`)
        .join('\n')}`,
      /^It cannot be read/,
    ],
  ];
  for (const [text, wanted] of cases)
    assert.throws(
      () => fromOdcs(parseOdcs(text)),
      (error) =>
        error instanceof MillraceError &&
        error.code === 'MILL_ODCS_INVALID' &&
        wanted.test(error.problems[0]?.message ?? ''),
      text.slice(0, 60),
    );
});
