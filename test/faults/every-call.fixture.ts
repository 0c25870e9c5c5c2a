import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Mode, newInjector } from './injector.fixture.ts';
import { killAt } from './kill-points.fixture.ts';
import {
  chosen,
  type Floor,
  type Ground,
  ground,
  nameOf,
  type Point,
  stages,
  strike,
} from './points.fixture.ts';
import { injectSystem } from './system.fixture.ts';

/** What becomes of a call, in turn. A call that hangs costs a second, so it comes seldom. */
const turns: Readonly<Record<Floor, readonly Mode[]>> = {
  ports: [
    'fail',
    'lost',
    'full',
    'unnamed',
    'torn',
    'fail',
    'lost',
    'late',
    'full',
    'unnamed',
    'torn',
    'lost',
    'hang',
  ],
  system: ['fail', 'full', 'torn', 'lost', 'unnamed'],
};

let there: Ground | undefined;

/** The modules of a process can be changed only once. */
function prepared(): Ground {
  there = ground(newInjector(), newInjector());
  const { root, system } = there;
  injectSystem(system, (path) => path.startsWith(root));
  return there;
}

export interface Amount {
  readonly ports: number;
  readonly system: number;
  readonly kills: number;
  readonly seed: number;
}

/** Only the points whose names contain it, of those that the seed chooses: `TEST_SEED=7 TEST_POINT='a roll-back, call 46 '`. */
const wanted = process.env['TEST_POINT'] ?? '';
const isWanted = (point: Point): boolean => nameOf(point).includes(wanted);

/**
 * Plays a small but whole project, counts every call of every port and of the system below, and lets about so many of them fail, one at
 * a time: whatever became of it, the next run ends where an undisturbed one does. Gives the number of points that were met.
 */
export async function failEveryCall(t: TestContext, { ports, system, kills, seed }: Amount): Promise<number> {
  t.diagnostic(`TEST_SEED=${seed} chooses the same points`);
  const unhandled: unknown[] = [];
  const keep = (error: unknown): void => {
    unhandled.push(error);
  };
  process.on('unhandledRejection', keep);
  const here = prepared();
  try {
    const all = await stages(here);
    for (const { scene, calls } of all)
      t.diagnostic(
        `${scene.name}: ${calls.ports.length} calls of ports, ${calls.system.length} of the system`,
      );
    const tally = new Map<string, number>();
    const count = (point: Pick<Point, 'floor' | 'mode'>): void => {
      const name = `${point.floor} ${point.mode}`;
      tally.set(name, (tally.get(name) ?? 0) + 1);
    };
    const failures: string[] = [];
    for (const [floor, n] of [
      ['ports', ports],
      ['system', system],
    ] as const)
      for (const point of chosen(all, floor, n, seed, turns[floor]).filter(isWanted)) {
        try {
          const struck = await strike(here, point, unhandled);
          if (struck !== undefined) count({ floor, mode: struck.mode });
        } catch (error) {
          unhandled.length = 0;
          failures.push(`${nameOf(point)}: ${error instanceof Error ? error.stack : String(error)}`);
        }
      }
    const [most, fewer] = [Math.ceil(kills / 2), Math.floor(kills / 2)];
    const floors =
      ports === 0 ? (['system', 'system'] as const) : (['ports', system === 0 ? 'ports' : 'system'] as const);
    const dying = [
      ...chosen(all, floors[0], most, seed + 1, ['kill', 'torn kill']),
      ...chosen(all, floors[1], fewer, seed + 2, ['torn kill', 'kill']),
    ];
    for (const point of await killAt(here, dying.filter(isWanted))) count(point);
    const met = [...tally.values()].reduce((sum, one) => sum + one, 0);
    t.diagnostic(`${met} points were met: ${[...tally].map(([name, n]) => `${name} ${n}`).join(', ')}`);
    assert.deepEqual(failures, []);
    return met;
  } finally {
    process.off('unhandledRejection', keep);
    rmSync(here.root, { recursive: true, force: true });
  }
}
