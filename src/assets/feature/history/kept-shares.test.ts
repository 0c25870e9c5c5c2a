import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DAY } from '../../../base/index.ts';
import { openDuckDb, type Session } from '../../../engine/index.ts';
import type { FeaturesBody } from '../spec.ts';
import { keepShares } from './kept-shares.ts';
import { type Answered, answerPointInTime } from './point-in-time.ts';

const T = 20_000 * DAY;
const over = { columnType: null, window: DAY, hop: DAY / 24, ending: 0 } as const;
const body: FeaturesBody = {
  entity: { name: 'card', keys: ['card'] },
  from: 'payments',
  eventTime: 'at',
  availableAt: 'seen',
  availableAfter: 0,
  columnTypes: {},
  features: [
    { ...over, name: 'n', aggregate: 'count', column: null, type: 'integer', nullable: false },
    {
      ...over,
      name: 'shops',
      aggregate: 'lastK',
      column: 'shop',
      columnType: 'string',
      parameter: 2,
      type: 'string',
      list: true,
      nullable: false,
    },
    {
      ...over,
      name: 'newest',
      aggregate: 'last',
      column: 'at',
      columnType: 'timestamp',
      type: 'timestamp',
      nullable: true,
    },
  ],
};
const events = `(select 'c' || i % 97 as card, 's' || i % 5 as shop, make_timestamp((${T} - i * 60000000)::BIGINT) as at,
  make_timestamp((${T} - i * 60000000 + (case when i % 11 = 0 then ${3 * DAY} else 0 end))::BIGINT) as seen, i as _row_id from range(3000) t(i))`;
const asks = `(select i as _ask, 'c' || i % 97 as _entity, (${T} - i * 1000000)::BIGINT as _at from range(1000) t(i))`;

test('answers are the same in one piece, in shares, and when killed between shares and asked again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const engine = await openDuckDb({ threads: 1 });
  try {
    const session = await engine.session();
    let streams = 0;
    const counting: Session = {
      ...session,
      stream: (...of) => {
        streams++;
        return session.stream(...of);
      },
    };
    const rows = async (into: string): Promise<object[]> => session.rows(`from "${into}" order by _ask`);
    const whole = await answerPointInTime(session, { body, events, asks, into: 'whole' });
    assert.ok((whole.late['n'] ?? 0) > 0);
    const kept = keepShares(join(folder, 'kept'), 'activity');
    const parted = { body, events, asks, kept, mostValues: 500 };
    const stop = new AbortController();
    const first = answerPointInTime(counting, {
      ...parted,
      into: 'first',
      signal: stop.signal,
      progress: (share) => share >= 0.5 && stop.abort(),
    });
    await assert.rejects(first);
    const done = streams;
    assert.ok(done >= 3 && done < 6, `${done} shares`);
    // As death would leave it.
    await session.run(
      `copy (select 1) to '${join(folder, 'kept', 'activity 6 of 6.parquet.half')}' (format parquet)`,
    );
    const again: Answered = await answerPointInTime(counting, { ...parted, into: 'again' });
    assert.equal(streams, 6, 'each share was computed once');
    assert.deepEqual(again, whole);
    assert.deepEqual(await rows('again'), await rows('whole'));
    assert.equal(readdirSync(join(folder, 'kept')).filter((name) => name.endsWith('.parquet')).length, 6);
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
