import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DAY, HOUR, MINUTE } from '../../base/index.ts';
import { expireSnapshots, expiring, openLake } from './index.ts';
import { columns, staged, withLake } from './lake.fixture.ts';

test('of snapshots older than a day the last of each hour stays, until it is old or while it is needed', () => {
  withLake((_, database, folder) => {
    let now = 0;
    const clock = { now: () => now };
    const lake = openLake(database, join(folder, 'data'), clock);
    const start = Date.UTC(2030, 0, 1) * 1000;
    now = start;
    lake.commit(0, [{ kind: 'create', table: 't', columns, files: [] }]);
    // Snapshot i + 2 is made 20 minutes after the one before: three an hour, for two days.
    for (let i = 1; i < 144; i++) {
      now = start + i * 20 * MINUTE;
      lake.commit(lake.head(), [{ kind: 'append', table: 't', files: [staged(lake, 't', 1)] }]);
    }
    const end = start + 2 * DAY;
    const law = { olderThan: end - 36 * HOUR, thinBefore: end - DAY, keep: 10, needed: () => [2, 40] };
    const gone = expiring(database, law);
    const stays = (i: number) => (i % 3 === 2 && i >= 12 * 3) || i >= 24 * 3;
    // Snapshot 0 was made by the system's clock, now.
    const wanted = Array.from({ length: 144 }, (_, i) => i)
      .filter((i) => !stays(i) && ![2, 40].includes(i + 1))
      .map((i) => i + 1);
    assert.deepEqual(
      gone.filter((id) => id > 0),
      wanted,
    );
    assert.deepEqual(expireSnapshots(database, clock, law), gone);
    assert.deepEqual(expiring(database, law), []);
    const { thinBefore: _all, ...whole } = { ...law, olderThan: 0 };
    assert.deepEqual(expiring(database, whole), [], 'without thinning all stay until they expire');
  });
});
