import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openDatabase } from '../../store/index.ts';
import { type LoadRange, openState } from '../../store/state/index.ts';
import { withLoads, withoutLoads } from './load-ranges.ts';

/** What may happen to the loads of two sources, whose ids interleave. */
const deed = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('load'), of: fc.nat(1), n: fc.integer({ min: 1, max: 3 }) }),
  },
  // A build that did not pass, or was killed: its ids are never recorded.
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lost'), of: fc.nat(1), n: fc.integer({ min: 1, max: 3 }) }),
  },
  // Files that changed leave, and come again under new ids.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change'), of: fc.nat(1), n: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('back'), of: fc.nat(1), n: fc.nat(30) }) },
);

test('ranges name the very loads that a list of them would, whatever leaves, is lost or is taken back', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
      const database = openDatabase(':memory:');
      const state = openState(database);
      // Every version a source has had: the list is the oracle of the ranges.
      const had = [0, 1].map(() => [{ list: [] as number[], ranges: [] as readonly LoadRange[] }]);
      const live = [0, 0];
      const load = (id: number, of: number) => ({
        ...{ id, asset: `s${of}`, version: 'v', path: 'p', hash: 'h', bytes: 0 },
        ...{ rows: 0, quarantined: 0, loadedAt: 0 },
      });
      for (const { kind, of, n } of deeds) {
        const versions = had[of] as (typeof had)[0];
        const now = versions[live[of] as number] as (typeof versions)[0];
        if (kind === 'back') live[of] = n % versions.length;
        else if (kind === 'lost') state.nextLoadIds(n);
        else {
          const leaving =
            kind === 'change' && now.list.length > 0 ? [now.list[n % now.list.length] as number] : [];
          const ids = state.nextLoadIds(kind === 'load' ? n : leaving.length);
          const stay = state.joinRanges(`s${of}`, withoutLoads(now.ranges, leaving));
          versions.push({
            list: [...now.list.filter((id) => !leaving.includes(id)), ...ids],
            ranges: withLoads(stay, ids),
          });
          live[of] = versions.length - 1;
          for (const id of ids) state.addLoad(load(id, of));
        }
        // Not only the newest: what is recorded later must not fall into the ranges of an older one.
        for (const [i, all] of had.entries())
          for (const { list, ranges } of all)
            assert.deepEqual(
              state.loadsIn(`s${i}`, ranges).map(({ id }) => id),
              list,
            );
      }
      database.close();
    }),
  );
});

test('a source that only grows is one range, though another has loads in between', () => {
  const database = openDatabase(':memory:');
  const state = openState(database);
  let ranges: LoadRange[] = [];
  for (let i = 0; i < 100; i++) {
    const [mine] = state.nextLoadIds(2) as [number];
    ranges = withLoads(state.joinRanges('a', ranges), [mine]);
    state.addLoad({
      ...{ id: mine, asset: 'a', version: 'v', path: 'p', hash: 'h', bytes: 0 },
      ...{ rows: 0, quarantined: 0, loadedAt: 0 },
    });
  }
  assert.deepEqual(state.joinRanges('a', ranges), [[1, 199]]);
  assert.equal(ranges.length, 2, 'the newest is joined by the next version, when it is sure to be recorded');
  database.close();
});

test('leaving loads cut ranges', () => {
  assert.deepEqual(
    withoutLoads(
      [
        [1, 5],
        [8, 8],
        [10, 12],
      ],
      [12, 3, 8, 1, 7],
    ),
    [
      [2, 2],
      [4, 5],
      [10, 11],
    ],
  );
});
