import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprint, type Json } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import { decide, type Known, type Plan } from './decide.ts';
import { impact } from './impact.ts';
import type { Kind, Kinds } from './kind.ts';
import type { ColumnRef, Lineage } from './lineage.ts';
import type { Graph, Node } from './project.ts';

// A made-up world in which what a node would hold is computed by the slow and obvious way, from scratch and by value; the plan must
// leave alone only what holds just that.

const build = (): never => {
  throw new Error('planning builds nothing');
};
const kinds: Kinds = new Map([['made', { kind: 'made', revision: 1, build } satisfies Kind]]);

/** A node: each column is made of columns of inputs by a number that an edit changes; so are its rows. Null reads an input whole. */
interface Made {
  readonly by: number;
  readonly from: readonly (readonly [input: number, column: number | null])[];
}
interface Shape {
  readonly inputs: readonly number[];
  readonly rows: Made;
  readonly columns: readonly Made[];
  /** Whether it can tell where its columns come from. */
  readonly tells: boolean;
}

const COLUMNS = 3;
const aMade = (before: number): fc.Arbitrary<Made> =>
  fc.record({
    by: fc.constant(0),
    from:
      before === 0
        ? fc.constant([])
        : fc.array(fc.tuple(fc.nat(before - 1), fc.option(fc.nat(COLUMNS - 1), { nil: null, freq: 8 })), {
            maxLength: 2,
          }),
  });
const aWorld: fc.Arbitrary<Shape[]> = fc.integer({ min: 2, max: 8 }).chain((n) =>
  fc.tuple(
    ...Array.from({ length: n }, (_, i) =>
      fc
        .record({
          rows: aMade(i),
          columns: fc.array(aMade(i), { minLength: 1, maxLength: COLUMNS }),
          tells: fc.integer({ max: 7, min: 0 }).map((n) => n > 0),
        })
        .map((node): Shape => {
          const refs = [node.rows, ...node.columns].flatMap(({ from }) => from);
          return { ...node, inputs: [...new Set(refs.map(([input]) => input))] };
        }),
    ),
  ),
) as unknown as fc.Arbitrary<Shape[]>;

const nameOf = (i: number): string => `n${i}`;

/** What a build from scratch would hold, column by column. */
function contents(shapes: readonly Shape[]): { rows: string; columns: string[] }[] {
  const made: { rows: string; columns: string[] }[] = [];
  for (const { inputs, rows, columns } of shapes) {
    const of = ({ by, from }: Made): Json => [
      by,
      from.map(([i, c]) => {
        const input = made[i] as { rows: string; columns: string[] };
        return c === null ? [input.rows, ...input.columns] : [input.rows, input.columns[c] ?? 'missing'];
      }),
    ];
    const rowsNow = fingerprint([of(rows), inputs.map((i) => made[i]?.rows ?? '')]);
    made.push({ rows: rowsNow, columns: columns.map((column) => fingerprint([rowsNow, of(column)])) });
  }
  return made;
}

function lineageOf({ rows, columns, tells }: Shape): Lineage | undefined {
  if (!tells) return undefined;
  const refs = ({ from }: Made): ColumnRef[] =>
    from.map(([input, column]) => ({ input: nameOf(input), column: column === null ? null : `c${column}` }));
  return {
    rows: { by: rows.by, from: refs(rows) },
    columns: Object.fromEntries(
      columns.map((made, i) => [
        `c${i}`,
        { by: made.by, direct: refs(made).slice(0, 1), indirect: refs(made).slice(1) },
      ]),
    ),
  };
}

const hasWhole = ({ rows, columns }: Shape): boolean =>
  [rows, ...columns].some(({ from }) => from.some(([, column]) => column === null));

const graphOf = (shapes: readonly Shape[]): Graph => ({
  name: 'world',
  nodes: new Map(
    shapes.map(({ inputs, rows, columns }, i): [string, Node] => [
      nameOf(i),
      {
        ...{ kind: 'made', name: nameOf(i), inputs: inputs.map(nameOf), body: { rows, columns } },
        ...{
          place: { file: '', line: 1, column: 1 },
          asset: { kind: 'made', name: nameOf(i), '~': { nodes: [] } },
        },
      },
    ]),
  ),
});

const lineagesOf = (shapes: readonly Shape[]): Map<string, Lineage> =>
  new Map(
    shapes.flatMap((shape, i) => {
      const lineage = lineageOf(shape);
      return lineage === undefined ? [] : [[nameOf(i), lineage] as const];
    }),
  );

function planned(shapes: readonly Shape[], live: ReadonlyMap<string, Version>): Plan {
  const lineages = lineagesOf(shapes);
  const known = new Map<string, Known>(
    shapes.map((_, i) => [
      nameOf(i),
      {
        live: live.get(nameOf(i)),
        arrivals: undefined,
        intact: true,
        earlier: () => undefined,
        lineage: lineages.get(nameOf(i)),
      },
    ]),
  );
  return decide(graphOf(shapes), kinds, known);
}

function carryOut(plan: Plan, live: Map<string, Version>): void {
  for (const { asset, kind, fingerprint: print, definition, outline } of plan.steps) {
    const number = (live.get(asset)?.number ?? 0) + 1;
    live.set(asset, {
      ...{ id: `${asset}@${number}`, asset, kind, number, fingerprint: print, definition, outline },
      ...{ inputs: {}, snapshot: 0, rows: 1, detail: null, status: 'published', createdAt: 0, run: 'r' },
    });
  }
}

/** An edit of one column, or of the rows, of one node. */
function edited(shapes: readonly Shape[], node: number, what: number, to: number): Shape[] {
  return shapes.map((shape, i) => {
    if (i !== node % shapes.length) return shape;
    const at = what % (shape.columns.length + 1);
    if (at === 0) return { ...shape, rows: { ...shape.rows, by: to } };
    return { ...shape, columns: shape.columns.map((made, c) => (c === at - 1 ? { ...made, by: to } : made)) };
  });
}

test('what a plan leaves alone holds what a build from scratch would give; what it makes anew reads something that changed', () => {
  let pruned = 0;
  fc.assert(
    fc.property(
      aWorld,
      fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 }),
      (world, changes) => {
        const live = new Map<string, Version>();
        carryOut(planned(world, live), live);
        /** What each live version holds: what was there when it was built. */
        let held = contents(world);
        let shapes: readonly Shape[] = world;
        changes.forEach(([node, what], n) => {
          const before = shapes;
          shapes = edited(shapes, node, what, n + 1);
          const plan = planned(shapes, live);
          const steps = new Set(plan.steps.map(({ asset }) => asset));
          const now = contents(shapes);
          held = held.map((content, i) => (steps.has(nameOf(i)) ? (now[i] as typeof content) : content));
          assert.deepEqual(held, now);
          // Nothing is made anew without need: where all can tell, what is made anew was edited or reads something that changed.
          const old = contents(before);
          const parts = (all: typeof old, i: number): unknown => {
            const { inputs, rows, columns } = shapes[i] as Shape;
            const reads = [rows, ...columns].flatMap(({ from }) => from);
            return [
              inputs.map((input) => all[input]?.rows),
              reads.map(([input, c]) => (c === null ? all[input] : all[input]?.columns[c])),
            ];
          };
          for (const asset of shapes.every(({ tells }) => tells) ? steps : []) {
            const i = Number(asset.slice(1));
            const moved = JSON.stringify(parts(old, i)) !== JSON.stringify(parts(now, i));
            const whole = (shapes[i] as Shape).inputs.some((input) => steps.has(nameOf(input)));
            assert.ok(
              i === node % shapes.length || moved || (whole && hasWhole(shapes[i] as Shape)),
              `${asset} for nothing`,
            );
          }
          const reached = impact(graphOf(shapes), lineagesOf(shapes), nameOf(node % shapes.length));
          const downstream = new Set(reached.map(({ asset }) => asset));
          pruned += [...downstream].filter((asset) => !steps.has(asset)).length;
          for (const asset of steps)
            assert.ok(asset === nameOf(node % shapes.length) || downstream.has(asset));
          carryOut(plan, live);
          assert.deepEqual(planned(shapes, live).steps, []);
        });
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(pruned > 30, `only ${pruned} rebuilds were spared`);
});

test('impact of a column names all whose content changes with it, and how', () => {
  fc.assert(
    fc.property(aWorld, fc.nat(), fc.nat(), (world, pick, column) => {
      const node = pick % world.length;
      const at = column % (world[node] as Shape).columns.length;
      const old = contents(world);
      const now = contents(edited(world, node, at + 1, 1));
      const changed = now.flatMap((content, i) =>
        i !== node && JSON.stringify(content) !== JSON.stringify(old[i]) ? [nameOf(i)] : [],
      );
      const reached = impact(graphOf(world), lineagesOf(world), nameOf(node), `c${at}`);
      const names = reached.map(({ asset }) => asset);
      for (const name of changed) assert.ok(names.includes(name), `${name} is missed`);
      for (const { asset, columns } of reached) {
        const i = Number(asset.slice(1));
        if (columns === null) continue;
        (world[i] as Shape).columns.forEach((_, c) => {
          if (now[i]?.columns[c] !== old[i]?.columns[c])
            assert.ok(columns[`c${c}`], `${asset}.c${c} is missed`);
        });
      }
    }),
    { numRuns: 300 },
  );
});

test('direct is what values are made of, indirect what decides rows', () => {
  const ref = (input: string, column: string): ColumnRef => ({ input, column });
  const node = (name: string, kind: string, inputs: string[]): [string, Node] => [
    name,
    {
      kind,
      name,
      inputs,
      body: {},
      place: { file: '', line: 1, column: 1 },
      asset: { kind, name, '~': { nodes: [] } },
    },
  ];
  const graph: Graph = {
    name: 'g',
    nodes: new Map([
      node('pays', 'source', []),
      node('big', 'table', ['pays']),
      node('model', 'model', ['big']),
      node('other', 'table', ['pays']),
    ]),
  };
  const lineages = new Map<string, Lineage>([
    [
      'big',
      {
        rows: { by: null, from: [ref('pays', 'amount')] },
        columns: {
          twice: { by: null, direct: [ref('pays', 'amount')], indirect: [] },
          id: { by: null, direct: [ref('pays', 'id')], indirect: [] },
        },
      },
    ],
    [
      'other',
      {
        rows: { by: null, from: [] },
        columns: { id: { by: null, direct: [ref('pays', 'id')], indirect: [] } },
      },
    ],
  ]);
  assert.deepEqual(impact(graph, lineages, 'pays', 'amount'), [
    {
      asset: 'big',
      kind: 'table',
      how: 'direct',
      columns: { twice: 'direct', id: 'indirect' },
      through: ['pays'],
    },
    { asset: 'model', kind: 'model', how: 'direct', columns: null, through: ['big'] },
  ]);
  assert.deepEqual(
    impact(graph, lineages, 'pays').map(({ asset }) => asset),
    ['big', 'model', 'other'],
  );
  assert.deepEqual(impact(graph, lineages, 'pays', 'note'), []);
});
