import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Version, VersionStatus } from '../store/state/index.ts';
import type { Kind, Kinds } from './kind.ts';
import { decide, type Known, type Plan, type Step } from './plan.ts';
import type { Graph, Node } from './project.ts';

// Deciding is pure, so a world of plain maps stands in for state and outside; what is decided is then carried out on them.

const build = (): never => {
  throw new Error('planning builds nothing');
};
const fake = (kind: string, more: Partial<Kind> = {}): Kind => ({ kind, revision: 1, build, ...more });
const kinds: Kinds = new Map(
  [
    fake('outside', { arrivals: build }),
    fake('rows'),
    fake('declared', { sees: 'declaration', definition: (body) => (body as Body).made }),
  ].map((kind) => [kind.kind, kind]),
);

interface Body {
  /** What decides the product. */
  readonly made: number;
}

interface Shape {
  readonly kind: string;
  /** Numbers of nodes before it. */
  readonly inputs: readonly number[];
}

const aShape = fc
  .array(fc.tuple(fc.constantFrom('rows', 'rows', 'declared'), fc.array(fc.nat(30), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 9,
  })
  .map((nodes) =>
    nodes.map(([kind, picks], i): Shape => {
      const inputs = i === 0 ? [] : [...new Set(picks.map((pick) => pick % i))];
      return inputs.length === 0 ? { kind: 'outside', inputs } : { kind, inputs };
    }),
  );

const nameOf = (i: number): string => `n${i}`;

/** A project that can be edited, with its versions and the files that lie outside. */
class World {
  readonly shapes: readonly Shape[];
  readonly made: number[];
  readonly files: number[];
  readonly intact = new Set<string>();
  readonly versions: Version[] = [];
  readonly live = new Map<string, Version>();

  constructor(shapes: readonly Shape[]) {
    this.shapes = shapes;
    this.made = shapes.map(() => 0);
    this.files = shapes.map(() => 0);
  }

  graph(): Graph {
    const nodes = this.shapes.map(
      ({ kind, inputs }, i): Node => ({
        kind,
        name: nameOf(i),
        inputs: inputs.map(nameOf),
        place: { file: 'project.ts', line: i + 1, column: 1 },
        body: { made: this.made[i] ?? 0 } satisfies Body,
        asset: { kind, name: nameOf(i), '~': { nodes: [] } },
      }),
    );
    return { name: 'world', nodes: new Map(nodes.map((node) => [node.name, node])) };
  }

  plan(): Plan {
    const known = new Map<string, Known>();
    this.shapes.forEach(({ kind }, i) => {
      const name = nameOf(i);
      const live = this.live.get(name);
      known.set(name, {
        live,
        arrivals:
          kind === 'outside'
            ? { fingerprint: `files ${this.files[i]}`, reason: '1 new file', bytes: 10, detail: null }
            : undefined,
        intact: live === undefined || this.intact.has(live.id),
        earlier: (print) => this.versions.findLast((v) => v.asset === name && v.fingerprint === print),
      });
    });
    const plan = decide(this.graph(), kinds, known);
    this.wellFormed(plan);
    return plan;
  }

  /** What holds of every plan: each node once, inputs first, `after` names exactly the inputs that are being made. */
  wellFormed(plan: Plan): void {
    const names = plan.steps.map(({ asset }) => asset);
    assert.deepEqual([...names, ...plan.unchanged].sort(), this.shapes.map((_, i) => nameOf(i)).sort());
    const moving = new Set<string>();
    for (const step of plan.steps) {
      const inputs = (this.shapes[numberOf(step.asset)] as Shape).inputs.map(nameOf);
      for (const input of inputs)
        if (names.includes(input)) assert.ok(names.indexOf(input) < names.indexOf(step.asset), step.asset);
      assert.deepEqual(
        step.after,
        inputs.filter((input) => moving.has(input)),
      );
      assert.equal(step.live, this.live.get(step.asset)?.id);
      assert.ok(step.reasons.length > 0, 'a step without a reason');
      for (const input of ['create', 'extend', 'rebuild'].includes(step.action) ? inputs : [])
        assert.ok(
          moving.has(input) || this.asDeclared(input),
          `${step.asset} of ${input}, live as it was declared before`,
        );
      if (step.action !== 'hold') moving.add(step.asset);
    }
  }

  /** Whether the live version of a node was declared as the node is now. */
  asDeclared(name: string): boolean {
    return this.live.get(name)?.inputs['made'] === String(this.made[numberOf(name)]);
  }

  /** Carries a plan out; `failing` does not pass its gates, and then nothing is made of it. */
  carryOut(plan: Plan, failing?: string): void {
    const made = new Set<string>();
    for (const step of plan.steps) {
      if (step.action === 'hold' || step.after.some((input) => !made.has(input))) continue;
      if (step.action === 'reuse') {
        this.live.set(step.asset, this.versions.find((v) => v.id === step.earlier) as Version);
        made.add(step.asset);
        continue;
      }
      const version = this.add(step, step.asset === failing ? 'candidate' : 'published');
      if (version.status !== 'published') continue;
      this.live.set(step.asset, version);
      made.add(step.asset);
    }
  }

  add({ asset, kind, fingerprint, definition }: Step, status: VersionStatus): Version {
    const number = this.versions.filter((v) => v.asset === asset).length + 1;
    const id = `${asset}@${number}`;
    const version: Version = {
      ...{ id, asset, kind, number, fingerprint, definition, status },
      ...{
        inputs: { made: String(this.made[numberOf(asset)]) },
        snapshot: 0,
        rows: 1,
        detail: null,
        createdAt: 0,
        run: '',
      },
    };
    this.versions.push(version);
    this.intact.add(id);
    return version;
  }

  rollBack(name: string, to: Version): void {
    const from = this.live.get(name) as Version;
    this.versions[this.versions.indexOf(from)] = { ...from, status: 'rolled-back' };
    this.live.set(name, to);
  }

  /** The nodes that are made anew when `changed` is: the slow way, by asking every node about its inputs until nothing changes. */
  touched(changed: number, how: 'definition' | 'rows'): string[] {
    const found = new Set([changed]);
    for (let before = -1; before < found.size; ) {
      before = found.size;
      this.shapes.forEach(({ kind, inputs }, i) => {
        const sees = (input: number): boolean =>
          kind === 'declared' ? input === changed && how === 'definition' : found.has(input);
        if (inputs.some(sees)) found.add(i);
      });
    }
    return [...found].sort((a, b) => a - b).map(nameOf);
  }

  /** How one edit changes the outside or the declaration of a node; undone by the same again with the old number. */
  edit(i: number, to: number, how: 'definition' | 'rows'): void {
    (how === 'definition' ? this.made : this.files)[i] = to;
  }
}

const numberOf = (name: string): number => Number(name.slice(1));
const names = (plan: Plan): string[] => plan.steps.map(({ asset }) => asset);
const inOrder = (plan: Plan): string[] => names(plan).sort((a, b) => numberOf(a) - numberOf(b));
const actions = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.steps.map(({ asset, action }) => [asset, action]));

/** A world that is built, and an edit of one node of it. */
const anEdit = fc
  .record({ shapes: aShape, pick: fc.nat(30), rows: fc.boolean() })
  .map(({ shapes, pick, rows }) => {
    const world = new World(shapes);
    world.carryOut(world.plan());
    const changed = pick % shapes.length;
    const how = rows && shapes[changed]?.kind === 'outside' ? ('rows' as const) : ('definition' as const);
    return { world, changed, how };
  });

test('a first plan makes everything, the next one nothing', () => {
  fc.assert(
    fc.property(aShape, (shapes) => {
      const world = new World(shapes);
      const plan = world.plan();
      assert.deepEqual(plan.unchanged, []);
      assert.ok(plan.steps.every(({ action, rows }) => action === 'create' && (rows === null || rows === 0)));
      world.carryOut(plan);
      assert.deepEqual(world.plan().steps, []);
    }),
  );
});

test('one edit makes exactly the edited node and what sees it, then nothing', () => {
  fc.assert(
    fc.property(anEdit, ({ world, changed, how }) => {
      world.edit(changed, 1, how);
      const plan = world.plan();
      assert.deepEqual(inOrder(plan), world.touched(changed, how));
      for (const { asset, action, bytes } of plan.steps) {
        assert.equal(action, asset === nameOf(changed) && how === 'rows' ? 'extend' : 'rebuild');
        assert.equal(bytes > 0, world.shapes[numberOf(asset)]?.kind === 'outside');
      }
      world.carryOut(plan);
      assert.deepEqual(world.plan().steps, []);
    }),
  );
});

test('an edit that is taken back finds its versions again and makes nothing', () => {
  fc.assert(
    fc.property(anEdit, ({ world, changed, how }) => {
      const first = new Map(world.live);
      world.edit(changed, 1, how);
      world.carryOut(world.plan());
      const count = world.versions.length;
      world.edit(changed, 0, how);
      const plan = world.plan();
      assert.deepEqual(inOrder(plan), world.touched(changed, how));
      assert.ok(plan.steps.every(({ action, bytes }) => action === 'reuse' && bytes === 0));
      world.carryOut(plan);
      assert.deepEqual(new Map([...world.live].sort()), new Map([...first].sort()));
      assert.equal(world.versions.length, count);
      assert.deepEqual(world.plan().steps, []);
    }),
  );
});

test('a candidate that failed is held; what sees its rows stays on the live version, and another edit is made', () => {
  fc.assert(
    fc.property(anEdit, ({ world, changed, how }) => {
      const name = nameOf(changed);
      const live = world.live.get(name);
      world.edit(changed, 1, how);
      world.carryOut(world.plan(), name);
      const plan = world.plan();
      assert.equal(actions(plan)[name], 'hold');
      // Nothing is made from a declaration that did not pass; what sees no more than the rows has nothing to do at all.
      assert.ok(plan.steps.every(({ action }) => action === 'hold'));
      assert.deepEqual(
        plan.steps.filter(({ kind, asset }) => kind !== 'declared' && asset !== name),
        [],
      );
      assert.equal(plan.steps.find(({ asset }) => asset === name)?.earlier, `${name}@2`);
      assert.equal(world.live.get(name), live);
      world.edit(changed, 2, how);
      const next = world.plan();
      assert.ok(names(next).includes(name));
      assert.ok(next.steps.every(({ action }) => action === 'rebuild' || action === 'extend'));
    }),
  );
});

test('a version that was rolled back is held, and what was made of it goes back too', () => {
  fc.assert(
    fc.property(anEdit, ({ world, changed, how }) => {
      const name = nameOf(changed);
      const first = new Map(world.live);
      world.edit(changed, 1, how);
      world.carryOut(world.plan());
      world.rollBack(name, first.get(name) as Version);
      const plan = world.plan();
      assert.equal(actions(plan)[name], 'hold');
      if (how === 'rows') {
        assert.deepEqual(inOrder(plan), world.touched(changed, how));
        assert.ok(plan.steps.every(({ asset, action }) => action === (asset === name ? 'hold' : 'reuse')));
      }
      world.carryOut(plan);
      const next = actions(world.plan());
      assert.ok(
        Object.values(next).every((action) => action === 'hold'),
        JSON.stringify(next),
      );
      if (how === 'rows') assert.deepEqual(new Map([...world.live].sort()), new Map([...first].sort()));
    }),
  );
});

test('a node whose inputs were never made waits, and so does all that is made of it', () => {
  fc.assert(
    fc.property(aShape, fc.nat(30), (shapes, pick) => {
      const world = new World(shapes);
      const failing = nameOf(pick % shapes.length);
      world.carryOut(world.plan(), failing);
      const plan = world.plan();
      const waiting = new Set([failing]);
      shapes.forEach(({ inputs }, i) => {
        if (inputs.some((input) => waiting.has(nameOf(input)))) waiting.add(nameOf(i));
      });
      assert.deepEqual(new Set(names(plan)), waiting);
      assert.ok(plan.steps.every(({ action }) => action === 'hold'));
    }),
  );
});

test('what is missing outside the lake is made again, and nothing else', () => {
  fc.assert(
    fc.property(anEdit, ({ world, changed }) => {
      const name = nameOf(changed);
      world.intact.delete((world.live.get(name) as Version).id);
      const known = world.versions.findIndex((v) => v.asset === name);
      // An earlier version that is gone itself is nothing to go back to; `plan` leaves it out.
      const [gone] = world.versions.splice(known, 1);
      const plan = world.plan();
      assert.deepEqual(actions(plan), { [name]: 'rebuild' });
      assert.match(plan.steps[0]?.reasons.join() ?? '', /missing/);
      world.versions.splice(known, 0, gone as Version);
    }),
  );
});

test('a kind that builds otherwise now makes its nodes anew', () => {
  const world = new World([
    { kind: 'outside', inputs: [] },
    { kind: 'rows', inputs: [0] },
  ]);
  world.carryOut(world.plan());
  const rows = kinds.get('rows') as Kind;
  const known = new Map<string, Known>();
  for (const name of ['n0', 'n1'])
    known.set(name, {
      live: world.live.get(name),
      arrivals: name === 'n0' ? { fingerprint: 'files 0', reason: '', bytes: 0, detail: null } : undefined,
      intact: true,
      earlier: () => undefined,
    });
  const next = new Map([...kinds, ['rows', { ...rows, revision: 2 }]]);
  assert.deepEqual(actions(decide(world.graph(), next, known)), { n1: 'rebuild' });
  // Nodes that nothing is known of are none of this plan's business.
  known.delete('n1');
  assert.deepEqual(decide(world.graph(), next, known), { project: 'world', steps: [], unchanged: ['n0'] });
});
