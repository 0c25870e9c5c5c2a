import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, inputOf, recipesOf } from '../input.arbitrary.ts';
import { createGbdt } from './boost.ts';
import { openTrees } from './kept.ts';

const tasks = ['binary', 'multiclass', 'regression', 'ranking'] as const;

test('kept trees answer and tell why as those that were trained, to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(recipesOf(tasks), async (recipe) => {
      const input = inputOf(recipe);
      const weights = input.target.map((_, row) => 0.1 + (row % 3));
      const trainer = createGbdt({ trees: 4, minLeafRows: 1, columnSample: 0.6 });
      const fitted = await trainer.fit(recipe.seed % 2 === 0 ? input : { ...input, weights });
      const opened = openTrees(fitted.keep());
      const columns = columnsOf(recipe, 9, 2, recipe.seed + 5);
      assert.deepEqual(opened.predict(columns), fitted.predict(columns));
      assert.deepEqual(opened.attribute(columns), fitted.attribute(columns));
      assert.deepEqual(opened.classes, input.classes);
      assert.deepEqual(
        opened.columns,
        input.columns.map(({ name, type }) => ({ name, type })),
      );
    }),
    { numRuns: 60 },
  );
});

test('under 20 bytes a node', async () => {
  const recipe = {
    seed: 3,
    rows: 3000,
    task: 'regression',
    numbers: 3,
    categories: [4],
    missing: 0,
  } as const;
  const fitted = await createGbdt({ trees: 50, earlyStopping: 0 }).fit(inputOf(recipe));
  const bytes = fitted.keep().length;
  assert.ok(fitted.summary.rounds > 0 && bytes < 20 * 61 * fitted.summary.rounds, `${bytes}`);
});

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

async function keptJson(): Promise<Record<string, unknown>> {
  const recipe = { seed: 3, rows: 300, task: 'binary', numbers: 2, categories: [4], missing: 0.1 } as const;
  const fitted = await createGbdt({ trees: 3, minLeafRows: 5 }).fit(inputOf(recipe));
  return JSON.parse(new TextDecoder().decode(fitted.keep())) as Record<string, unknown>;
}

test('what is no trees is refused', async () => {
  const good = await keptJson();
  const [tree] = good['trees'] as Record<string, number[]>[];
  const withTree = (change: Record<string, unknown>): unknown => ({
    ...good,
    trees: [{ ...tree, ...change }],
  });
  openTrees(encode(withTree({})));
  const bad: Record<string, unknown> = {
    'a list': [],
    'another format': { ...good, format: 'x' },
    'another version': { ...good, version: 2 },
    'no base': { ...good, base: [] },
    'two bases': { ...good, base: [0, 0] },
    'columns of one name': { ...good, columns: [good['columns'], good['columns']].flat() },
    'a column that is none': withTree({ column: tree!['column']!.map((column) => column + 90) }),
    'a child of itself': withTree({ left: tree!['left']!.map(() => 1) }),
    'a child before its parent': withTree({ left: tree!['left']!.toReversed() }),
    'too few children': withTree({ left: tree!['left']!.slice(1) }),
    'no cover': withTree({ cover: tree!['cover']!.map(() => 0) }),
    'bins that are none': withTree({ goes: tree!['goes']!.map(() => 1e6) }),
    'no nodes': withTree({ column: [], left: [], right: [], goes: [], value: '', cover: [] }),
  };
  for (const [what, json] of Object.entries(bad))
    assert.throws(() => openTrees(encode(json)), { code: 'MILL_TRAIN_KEPT_INVALID' }, what);
  for (const bytes of [new Uint8Array(), Uint8Array.of(0xff, 0xfe), Buffer.from('{'), Buffer.from('null')])
    assert.throws(() => openTrees(bytes), { code: 'MILL_TRAIN_KEPT_INVALID' });
});

test('damaged bytes are refused or opened, and never anything else', async () => {
  const text = JSON.stringify(await keptJson());
  const damage = fc.record({
    at: fc.nat(text.length - 1),
    cut: fc.nat(12),
    put: fc.string({ maxLength: 4 }),
  });
  fc.assert(
    fc.property(damage, ({ at, cut, put }) => {
      const bytes = new TextEncoder().encode(text.slice(0, at) + put + text.slice(at + cut));
      try {
        openTrees(bytes);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'MILL_TRAIN_KEPT_INVALID');
      }
    }),
    { numRuns: 2000 },
  );
});
