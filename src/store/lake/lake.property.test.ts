import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../base/index.ts';
import { checkCatalog, type Lake, type LakeChange } from './index.ts';
import { columns, staged, withLake } from './lake.fixture.ts';
import { commitToModel, emptyModel, type ModelChange, modelFiles } from './lake.oracle.ts';

const names = ['payments', 'Payments', 'cards, "new":x', '../up'];
// Mostly one table, so that commits meet; the first and the third are there from the start.
const name = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1, 3).map((i) => names[i]!);
const counts = fc.array(fc.record({ rows: fc.nat(5), own: fc.boolean() }), { maxLength: 3 });
const change: fc.Arbitrary<ModelChange> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), table: name, files: counts }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('append' as const), table: name, files: counts }) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      table: name,
      files: counts,
      keep: fc.array(fc.nat(8), { maxLength: 4 }),
      from: fc.nat(4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), table: name }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('addColumn' as const), table: name, column: fc.nat(6) }),
  },
);
const commit = fc.record({
  behind: fc.constantFrom(0, 0, 1, 2, 4),
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(change) },
    { weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 3 }) },
  ),
});
const opening = {
  behind: 0,
  changes: [0, 2].map((i) => ({
    kind: 'create' as const,
    table: names[i]!,
    files: [{ rows: 2, own: false }],
  })),
};
const commits = fc
  .array(commit, { minLength: 4, maxLength: 14, size: 'max' })
  .map((drawn): { behind: number; changes: ModelChange[] }[] => [opening, ...drawn]);

test('the lake does what a plain list of states does: all changes, time travel, stale bases', () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(commits, (plan) =>
      withLake((lake, database) => {
        const model = emptyModel();
        for (const { behind, changes } of plan) {
          const head = model.length - 1;
          const base = Math.max(0, head - behind);
          const drawn = changes.map((one) => realise(lake, one, base));
          const wanted = commitToModel(
            model,
            base,
            drawn.map((d) => d.model),
          );
          const found = outcome(() =>
            lake.commit(
              base,
              drawn.map((d) => d.real),
            ),
          );
          assert.equal(found, wanted);
          outcomes.set(wanted, (outcomes.get(wanted) ?? 0) + 1);
          assert.equal(lake.head(), model.length - 1);
        }
        for (const [snapshot, state] of model.entries()) {
          assert.deepEqual(lake.tables(snapshot), [...state.tables.keys()].sort());
          for (const [table, wanted] of state.tables) {
            const found = lake.table(table, snapshot)!;
            assert.deepEqual(
              found.columns.map((c) => [c.id, c.name]),
              wanted.columns.map((c, i) => [i + 1, c]),
            );
            assert.deepEqual(
              found.files.map((f) => `${f.path} ${f.rows} ${f.rowIdStart} ${f.hasRowIds} ${f.since}`).sort(),
              modelFiles(wanted),
            );
            assert.equal(
              found.rows,
              found.files.reduce((sum, f) => sum + f.rows, 0),
            );
          }
        }
        assert.deepEqual(checkCatalog(database), []);
      }),
    ),
    { numRuns: 50 },
  );
  // Each way that a commit can go must have been gone often, or the property says less than it seems to.
  for (const way of ['done', 'MILL_LAKE_CONFLICT', 'MILL_LAKE_TABLE_EXISTS', 'MILL_LAKE_TABLE_MISSING'])
    assert.ok((outcomes.get(way) ?? 0) > 10, `${way}: ${outcomes.get(way)}`);
});

/** The same change twice: for the lake with real files, for the model with what it needs to know of them. */
function realise(lake: Lake, drawn: ModelChange, base: number): { real: LakeChange; model: ModelChange } {
  const table = drawn.table;
  const files = (drawn.files ?? []).map(({ rows, own }) => staged(lake, table, rows, { hasRowIds: own }));
  const described = files.map((f) => ({ rows: f.rows, own: f.hasRowIds, path: f.path }));
  switch (drawn.kind) {
    case 'create':
      return { real: { kind: 'create', table, columns, files }, model: { ...drawn, files: described } };
    case 'append':
      return { real: { kind: 'append', table, files }, model: { ...drawn, files: described } };
    case 'replace': {
      // Kept files come from the base, or from up to four snapshots before: a roll-back.
      const now = lake.table(table, base);
      const then = lake.table(table, Math.max(0, base - drawn.from!));
      const pool = [...(now?.files ?? []), ...(then && then.id === now?.id ? then.files : [])];
      const kept = pool.length === 0 ? [] : drawn.keep!.map((k) => pool[k % pool.length]!);
      return {
        real: { kind: 'replace', table, keep: kept.map((f) => f.id), files },
        model: { ...drawn, files: described, keptPaths: kept.map((f) => f.path) },
      };
    }
    case 'drop':
      return { real: { kind: 'drop', table }, model: drawn };
    case 'addColumn': {
      const column = `more ${drawn.column}`;
      return { real: { kind: 'addColumn', table, column: { name: column, type: 'double' } }, model: drawn };
    }
  }
}

function outcome(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
}
