import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ColumnType, MillraceError, systemClock } from '../../base/index.ts';
import { checkCatalog, expireSnapshots, type Lake, type LakeChange, type PartitionKey } from './index.ts';
import { code, columns, staged, withLake } from './lake.fixture.ts';
import {
  commitToModel,
  emptyModel,
  expireInModel,
  type ModelChange,
  modelFiles,
  modelPartitioning,
} from './lake.oracle.ts';

const names = ['payments', 'Payments', 'cards, "new":x', '../up'];
// Mostly one table, so that commits meet; the first and the third are there from the start.
const name = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1, 3).map((i) => names[i]!);
const columnName = fc.constantFrom('id', 'note', 'more 1', 'more 2');
const type = fc.constantFrom('integer' as const, 'double' as const);
const counts = fc.array(fc.record({ rows: fc.nat(5), own: fc.boolean() }), { maxLength: 3 });
const parts = fc.array(columnName, { maxLength: 2 });
const change: fc.Arbitrary<ModelChange> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record(
      { kind: fc.constant('create' as const), table: name, files: counts, parts },
      { requiredKeys: ['kind', 'table', 'files'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('partition' as const), table: name, parts }) },
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
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('addColumn' as const), table: name, column: columnName, type }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('renameColumn' as const),
      table: name,
      column: columnName,
      to: columnName,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('dropColumn' as const), table: name, column: columnName }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('widenColumn' as const),
      table: name,
      column: columnName,
      type,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('compact' as const),
      table: name,
      keep: fc.array(fc.nat(8), { minLength: 1, maxLength: 4 }),
    }),
  },
);
/** Before the commit, all snapshots expire but the newest few and one more. */
const expiry = fc.option(fc.record({ keep: fc.integer({ min: 1, max: 5 }), needed: fc.nat(10) }), {
  freq: 5,
});
const commit = fc.record({
  expiry,
  behind: fc.constantFrom(0, 0, 1, 2, 4),
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(change) },
    { weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 3 }) },
  ),
});
const opening = {
  expiry: null,
  behind: 0,
  changes: [0, 2].map((i) => ({
    kind: 'create' as const,
    table: names[i]!,
    files: [{ rows: 2, own: false }],
  })),
};
const commits = fc
  .array(commit, { minLength: 4, maxLength: 14, size: 'max' })
  .map((drawn): { expiry: Expiring | null; behind: number; changes: ModelChange[] }[] => [opening, ...drawn]);
type Expiring = { readonly keep: number; readonly needed: number };
const never = 8e15;

test('the lake does what a plain list of states does: all changes, time travel, stale bases', () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(commits, (plan) =>
      withLake((lake, database) => {
        const model = emptyModel();
        for (const { expiry, behind, changes } of plan) {
          if (expiry) {
            expireInModel(model, expiry.keep, [expiry.needed]);
            const { keep, needed } = expiry;
            expireSnapshots(database, systemClock, { olderThan: never, keep, needed: () => [needed] });
            assert.deepEqual(checkCatalog(database), []);
          }
          const head = model.states.length - 1;
          const base = Math.max(0, head - behind);
          const drawn = changes.map((one) => realise(lake, one, base, model.expired));
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
          assert.equal(lake.head(), model.states.length - 1);
        }
        for (const [snapshot, state] of model.states.entries()) {
          if (model.expired.has(snapshot)) {
            assert.throws(() => lake.tables(snapshot), code('MILL_LAKE_SNAPSHOT_UNKNOWN'));
            continue;
          }
          assert.deepEqual(lake.tables(snapshot), [...state.tables.keys()].sort());
          for (const [table, wanted] of state.tables) {
            const found = lake.table(table, snapshot)!;
            assert.deepEqual(
              found.columns.map(({ id, name, type }) => ({ id, name, type })),
              wanted.columns,
            );
            assert.deepEqual(
              found.files
                .map(
                  (f) =>
                    `${f.path} ${f.rows} ${f.rowIdStart} ${f.hasRowIds} ${f.since} ${keysText(f.partition?.keys)}`,
                )
                .sort(),
              modelFiles(wanted),
            );
            assert.equal(keysText(found.partitionedBy), modelPartitioning(wanted));
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
  // Each comes 10 to 170 times; a guard nearer to that would fail by chance.
  for (const way of [
    'done',
    'MILL_LAKE_PARTITION_INVALID',
    'MILL_LAKE_CONFLICT',
    'MILL_LAKE_TABLE_EXISTS',
    'MILL_LAKE_TABLE_MISSING',
    'MILL_LAKE_COLUMN_INVALID',
  ])
    assert.ok((outcomes.get(way) ?? 0) > 1, `${way}: ${outcomes.get(way)}`);
});

/** The same change twice: for the lake with real files, for the model with what it needs to know of them. */
function realise(
  lake: Lake,
  drawn: ModelChange,
  base: number,
  expired: ReadonlySet<number>,
): { real: LakeChange; model: ModelChange } {
  const tableAt = (snapshot: number) =>
    expired.has(snapshot) ? undefined : lake.table(drawn.table, snapshot);
  const pick = <T>(pool: readonly T[]): T[] =>
    pool.length === 0 ? [] : (drawn.keep ?? []).map((k) => pool[k % pool.length] as T);
  const table = drawn.table;
  // Every second file keeps to how the table is partitioned at the base.
  const keys = tableAt(base)?.partitionedBy;
  const files = (drawn.files ?? []).map(({ rows, own }, i) =>
    staged(lake, table, rows, {
      hasRowIds: own,
      ...(keys && i % 2 === 0 ? { partition: { keys, values: keys.map(() => null) } } : {}),
    }),
  );
  const described = files.map((f) => ({
    rows: f.rows,
    own: f.hasRowIds,
    path: f.path,
    by: keysText(f.partition?.keys),
  }));
  const by = (drawn.parts ?? []).map((column) => ({ column, transform: 'identity' as const }));
  switch (drawn.kind) {
    case 'create':
      return {
        real: { kind: 'create', table, columns, files, ...(drawn.parts ? { partitionBy: by } : {}) },
        model: { ...drawn, files: described },
      };
    case 'partition':
      return { real: { kind: 'partition', table, by }, model: drawn };
    case 'append':
      return { real: { kind: 'append', table, files }, model: { ...drawn, files: described } };
    case 'replace': {
      // Kept files come from the base, or from up to four snapshots before: a roll-back.
      const now = tableAt(base);
      const then = tableAt(Math.max(0, base - drawn.from!));
      const pool = [...(now?.files ?? []), ...(then && then.id === now?.id ? then.files : [])];
      const kept = pick(pool);
      return {
        real: { kind: 'replace', table, keep: kept.map((f) => f.id), files },
        model: { ...drawn, files: described, keptPaths: kept.map((f) => f.path) },
      };
    }
    case 'drop':
      return { real: { kind: 'drop', table }, model: drawn };
    case 'compact': {
      const from = [...new Set(pick(tableAt(base)?.files ?? []))];
      const rows = from.reduce((sum, file) => sum + file.rows, 0);
      const made = staged(lake, table, rows, { hasRowIds: true });
      const ids = from.map((f) => f.id);
      return {
        real: { kind: 'compact', table, from: ids, files: [made] },
        model: {
          ...drawn,
          files: [{ rows, own: true, path: made.path }],
          keptPaths: from.map((f) => f.path),
        },
      };
    }
    case 'addColumn':
      return {
        real: { kind: 'addColumn', table, column: { name: drawn.column!, type: drawn.type as ColumnType } },
        model: drawn,
      };
    default:
      // The rest says the same in both.
      return { real: drawn as LakeChange, model: drawn };
  }
}

const keysText = (keys: readonly PartitionKey[] = []): string => keys.map((key) => key.columnId).join(' ');

function outcome(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
}
