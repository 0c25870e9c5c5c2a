import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allAt,
  another,
  ended,
  heard,
  numberOf,
  type OnlinePlace,
  openAt,
  SPACE,
  stream,
} from './online.fixture.ts';
import type { OnlineStore, StateValue } from './online.port.ts';

/** Several processes work on one store, and are killed. */
export function onlineProcessesAgree(
  withStore: (work: (store: OnlineStore, place: OnlinePlace) => Promise<void>) => Promise<void>,
): void {
  test('processes that move a space at once: each move is one of theirs, and its states are', () =>
    withStore(async (store, place) => {
      const until = 600;
      await store.fill(SPACE, { n: 0 }, stream([]));
      const names = ['one', 'two', 'three'];
      const children = names.map((by) => another(place, { kind: 'race', until, by }));
      for (const child of children) assert.equal(await ended(child), 0);
      const won = children.map((child) => JSON.parse(child.said()) as number[]);
      assert.deepStrictEqual(
        won.flat().toSorted((a, b) => a - b),
        Array.from({ length: until }, (_, i) => i + 1),
      );
      const by = names[won.findIndex((mine) => mine.includes(until))];
      assert.deepStrictEqual(await store.get([{ space: SPACE, entities: ['x'] }]), [
        { coverage: { n: until, by }, states: [{ n: until, by }] },
      ]);
    }));

  test('of two moves from one coverage exactly one happens', () =>
    withStore(async (store, place) => {
      const other = await openAt(place);
      try {
        await store.fill(SPACE, 'none', stream([]));
        for (let i = 0; i < 50; i++) {
          const from = (await store.coverage(SPACE)) as StateValue;
          const moves = [store, other, store].map((by, j) =>
            by.move(SPACE, from, `${i} ${j}`, [
              { entity: 'x', state: `${i} ${j}` },
              { entity: `${j}`, state: i },
            ]),
          );
          const done = await Promise.all(moves);
          assert.deepStrictEqual(done.toSorted(), [false, false, true]);
          const winner = done.indexOf(true);
          const [found] = await other.get([{ space: SPACE, entities: ['x', `${winner}`] }]);
          assert.deepStrictEqual(found, { coverage: `${i} ${winner}`, states: [`${i} ${winner}`, i] });
        }
      } finally {
        await other.close();
      }
    }));

  test('readers in other processes never see states of another coverage', () =>
    withStore(async (store, place) => {
      await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
      const readers = [another(place, { kind: 'look' }), another(place, { kind: 'look' })];
      for (const reader of readers) await heard(reader, 'looking');
      const writer = another(place, { kind: 'move', times: 200, fills: true });
      const done = ended(writer);
      let over = false;
      void done.then(() => {
        over = true;
      });
      while (!over) {
        assert.equal(typeof (await numberOf(store)), 'number');
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(await done, 0);
      for (const reader of readers) {
        reader.stdin?.write('over');
        assert.equal(await ended(reader), 0);
        const { looks, wrong, coverages } = JSON.parse(reader.said().replace('looking', ''));
        assert.deepStrictEqual(wrong, []);
        assert.ok(looks > 20 && coverages > 5, `too little was seen: ${reader.said()}`);
      }
      assert.equal(await numberOf(store), 200);
    }));

  test('another process fills: old until the flip, then new', () =>
    withStore(async (store, place) => {
      await store.fill(SPACE, 'old', stream([{ entity: 'e0', state: 'old' }]));
      const child = another(place, { kind: 'fill', entities: 6000, coverage: 'new' });
      await heard(child, 'half');
      const entities = ['e0', 'e5999', 'e6000'];
      const look = async () => (await store.get([{ space: SPACE, entities }]))[0];
      assert.deepStrictEqual(await look(), { coverage: 'old', states: ['old', undefined, undefined] });
      child.stdin?.write('go');
      assert.equal(await ended(child), 0);
      assert.deepStrictEqual(await look(), { coverage: 'new', states: [[0], [5999], undefined] });
    }));

  test('a process killed while filling leaves what was there, and nothing that the next filling takes for its own', () =>
    withStore(async (store, place) => {
      for (const before of [undefined, 'old'] as const) {
        if (before) await store.fill(SPACE, before, stream([{ entity: 'x', state: before }]));
        const child = another(place, { kind: 'fill', entities: 6000, coverage: 'half' });
        await heard(child, 'half');
        child.kill('SIGKILL');
        await ended(child);
        const reopened = await openAt(place);
        assert.deepStrictEqual(await reopened.get([{ space: SPACE, entities: ['x', 'e1'] }]), [
          { coverage: before, states: [before, undefined] },
        ]);
        assert.deepStrictEqual(await reopened.spaces(), [SPACE]);
        await reopened.close();
      }
      await store.fill(SPACE, 'new', stream([{ entity: 'e1', state: 'mine' }]));
      assert.deepStrictEqual(await store.get([{ space: SPACE, entities: ['e0', 'e1', 'x'] }]), [
        { coverage: 'new', states: [undefined, 'mine', undefined] },
      ]);
      assert.equal(await store.evict(SPACE, 1e9, 10), 0);
    }));

  test('a process killed while moving has moved wholly or not, and never back from what it said', () =>
    withStore(async (store, place) => {
      await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
      for (let round = 1; round <= 4; round++) {
        const child = another(place, { kind: 'move', times: 1e6, fills: round % 2 === 0 });
        await heard(child, /at \d+\.[\s\S]*at \d+\.[\s\S]*at/);
        await new Promise((resolve) => setTimeout(resolve, round * 7));
        child.kill('SIGKILL');
        await ended(child);
        const said = Number(/at (\d+)\.(?![\s\S]*at \d+\.)/.exec(child.said())?.[1]);
        const reopened = await openAt(place);
        const n = await numberOf(reopened);
        assert.ok(typeof n === 'number' && n >= said, `${n} after ${said}`);
        assert.equal(await reopened.move(SPACE, { n }, { n: n + 1 }, allAt(n + 1)), true);
        assert.equal(await numberOf(store), n + 1);
        await reopened.close();
      }
    }));
}
