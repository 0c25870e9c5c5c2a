import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { rollback } from '../../../graph/index.ts';
import { openIntake } from './intake.ts';
import { ingestLog } from './record.ts';
import {
  itemsNode,
  itemsProject,
  letRest,
  openSmallLogs,
  runItems,
  segmentsOf,
} from './small-log.fixture.ts';
import { trimmable, trimPosted } from './trim.ts';

const ALL = Number.MAX_SAFE_INTEGER;

type Deed =
  | { readonly kind: 'post'; readonly n: readonly number[] }
  | { readonly kind: 'run' | 'again' | 'restart' | 'trim' | 'back' | 'torn'; readonly n: readonly number[] };

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'post',
      'post',
      'post',
      'run',
      'run',
      'again',
      'restart',
      'trim',
      'trim',
      'torn',
      'back',
    ),
    n: fc.array(fc.constantFrom(1, 500, -1, Number.NaN), { minLength: 1, maxLength: 4 }),
  }) as fc.Arbitrary<Deed>,
  { minLength: 10, maxLength: 25 },
);

test('whatever is posted, trimmed, judged anew and taken back: each row is there once, as the contract of now says', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(deeds, fc.boolean(), async (list, keyed) => {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
      let workspace = await openSmallLogs(folder);
      let most = 100;
      let count = 0;
      let edits = 0;
      /** All rows by id with their number, in order of posting; NaN is no JSON. */
      const posted = new Map<string, number>();
      /** The rows that each version consists of; those that the log no longer has. */
      const had: { id: string; rows: Set<string> }[] = [];
      const forgotten = new Set<string>();
      let live = new Set<string>();
      const check = async (): Promise<void> => {
        const found = await runItems(workspace, itemsProject(most, keyed));
        const id = workspace.state.live('items')?.id;
        if (id === undefined) return;
        // What was taken back comes forward again, but for what the log has forgotten.
        const rows = new Set(live);
        for (const row of posted.keys()) if (!forgotten.has(row)) rows.add(row);
        live = rows;
        if (!had.some((version) => version.id === id)) had.push({ id, rows });
        const isGood = (row: string): boolean => {
          const n = posted.get(row) as number;
          return n >= 0 && n <= most;
        };
        assert.deepEqual(found.good, [...rows].filter(isGood).sort());
        assert.deepEqual(
          found.bad,
          [...rows]
            .filter((row) => !isGood(row))
            .map((row) => (Number.isNaN(posted.get(row)) ? JSON.stringify(row) : row))
            .sort(),
        );
      };
      try {
        let intake = await openIntake(workspace, itemsNode(itemsProject(most, keyed)));
        for (const { kind, n } of list) {
          if (kind === 'post') {
            const rows = n.map((one) => [`row${count++}`, one] as const);
            // A text that is no JSON is kept as a text of JSON.
            await intake.take(
              await intake.judge(
                rows.map(([id, one]) => (Number.isNaN(one) ? id : JSON.stringify({ id, n: one }))),
              ),
            );
            for (const [id, one] of rows) posted.set(id, one);
          } else if (kind === 'run') await check();
          else if (kind === 'again') {
            // Never the same declaration twice: one that was rolled back stays away.
            most = (most < 500 ? 1000 : 100) + edits++;
            await check();
          } else if (kind === 'restart') {
            intake.close();
            await workspace.close();
            workspace = await openSmallLogs(folder);
            intake = await openIntake(workspace, itemsNode(itemsProject(most, keyed)));
          } else if (kind === 'trim' || kind === 'torn') {
            const start = trimmable(workspace.state, 'items', ALL);
            if (start !== undefined)
              for (const row of had.find(({ id }) => id === workspace.state.live('items')?.id)?.rows ?? [])
                forgotten.add(row);
            // Torn: killed when it was noted from where on the log counts, and when one file was gone.
            if (kind === 'torn') {
              if (start === undefined) continue;
              workspace.state.setLogStart(ingestLog('items'), start);
            } else {
              letRest(folder);
              assert.equal(await trimPosted(workspace, 'items', ALL), start !== undefined);
              assert.equal(trimmable(workspace.state, 'items', ALL), undefined);
            }
          } else {
            const before = had.at(-2);
            const now = workspace.state.live('items');
            // To what was judged by the contract of now, so that the next run goes on from there.
            if (
              before === undefined ||
              now === undefined ||
              workspace.state.version(before.id)?.definition !== now.definition
            )
              continue;
            if (before.id === now.id) continue;
            rollback(workspace, 'items', before.id);
            live = new Set(before.rows);
            const id = `row${count++}`;
            await intake.take(await intake.judge([JSON.stringify({ id, n: 1 })]));
            posted.set(id, 1);
            await check();
          }
        }
        await check();
        intake.close();
      } finally {
        await workspace.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
});

test('what is trimmed is gone from disk, and no version that is younger is needed for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openSmallLogs(folder);
  try {
    const intake = await openIntake(workspace, itemsNode(itemsProject(100)));
    for (let i = 0; i < 20; i++)
      await intake.take(await intake.judge([JSON.stringify({ id: `a${i}`, n: i })]));
    await runItems(workspace, itemsProject(100));
    const many = segmentsOf(folder).length;
    assert.equal(await trimPosted(workspace, 'items', workspace.clock.now() - 60_000_000), false);
    assert.equal(segmentsOf(folder).length, many, 'too young');
    assert.equal(await trimPosted(workspace, 'items', ALL), true);
    assert.equal(segmentsOf(folder).length, 1, 'the last one may have a writer');
    await intake.take(await intake.judge([JSON.stringify({ id: 'b', n: 1 })]));
    assert.equal(await intake.count(), 1);
    letRest(folder);
    await trimPosted(workspace, 'items', ALL);
    const { good } = await runItems(workspace, itemsProject(1000));
    assert.equal(good.length, 21);
    letRest(folder);
    assert.equal(await trimPosted(workspace, 'items', ALL), true);
    assert.deepEqual(segmentsOf(folder), []);
    assert.equal((await runItems(workspace, itemsProject(5))).good.length, 7);
    assert.equal(await intake.count(), 0);
    intake.close();
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('killed again and again while it posts, loads, trims and judges anew: each acknowledged row is there once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const said: string[] = [];
  try {
    for (let round = 0; round < 6; round++) {
      const script = fileURLToPath(new URL('trim.crash.fixture.ts', import.meta.url));
      const child = spawn(process.execPath, ['--conditions=source', script, folder, String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const enough = said.length + 8 + round * 4;
      const gone = once(child, 'close');
      for await (const line of createInterface({ input: child.stdout })) {
        said.push(line);
        // Somewhere within what follows the row that was said last.
        if (said.length === enough) setTimeout(() => child.kill('SIGKILL'), round * 37);
      }
      await gone;
    }
    const workspace = await openSmallLogs(folder);
    try {
      assert.ok(workspace.state.logStart(ingestLog('items')) !== undefined, 'it was trimmed');
      for (const most of [100, 1000, 100]) {
        const { good, bad } = await runItems(workspace, itemsProject(most));
        const all = [...good, ...bad].sort();
        assert.equal(new Set(all).size, all.length, 'none twice');
        assert.deepEqual(
          said.filter((id) => !all.includes(id)),
          [],
          'none lost',
        );
        // What was on disk and not yet said may be there.
        assert.ok(all.length <= said.length + 6);
        assert.deepEqual(bad, most === 1000 ? [] : all.filter((id) => id.endsWith('-2')));
      }
    } finally {
      await workspace.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
