import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../base/index.ts';
import { type Log, type LogOptions, type LogRecord, openLog } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, String(++folders));

async function all(log: Log, from?: ReadonlyMap<string, number>): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of log.read(from)) records.push(record);
  return records;
}

/** Appends batch by batch, each batch at once, and gives what was acknowledged. */
async function fill(folder: string, batches: readonly (readonly JsonObject[])[], options: LogOptions = {}) {
  const log = await openLog(folder, options);
  const acknowledged: LogRecord[] = [];
  for (const batch of batches) {
    const positions = await Promise.all(batch.map((value) => log.append(value)));
    positions.forEach((position, i) => void acknowledged.push({ position, value: batch[i] as JsonObject }));
  }
  await log.close();
  return acknowledged;
}

const files = (folder: string) => readdirSync(folder).sort();
const numbered = (n: number) => Array.from({ length: n }, (_, i) => [{ i, text: `record ${i}` }]);
const record = fc
  .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)));
const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 });

test('what was appended is read back, in order, across segments, by every reader', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 20, max: 400 }), async (batches, segmentBytes) => {
      const folder = newFolder();
      const written = await fill(folder, batches, { segmentBytes });
      const log = await openLog(folder);
      assert.deepEqual(await all(log), written);
      for (const { position } of written) {
        const from = new Map([[position.stream, position.index]]);
        assert.deepEqual(await all(log, from), written.slice(position.index), 'also when it comes back');
      }
      await log.close();
    }),
    { numRuns: 20 },
  );
});

test('cut off at any byte, a stream reads as the records whole before it', async () => {
  await fc.assert(
    fc.asyncProperty(
      batches,
      fc.integer({ min: 20, max: 400 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (batches, segmentBytes, share) => {
        const folder = newFolder();
        const written = await fill(folder, batches, { segmentBytes });
        const last = join(folder, files(folder).at(-1) as string);
        const before = Number(/-(\d+)\.log/.exec(last)?.[1]);
        const size = Math.floor(share * statSync(last).size);
        truncateSync(last, size);
        const log = await openLog(folder);
        const found = await all(log);
        assert.deepEqual(found, written.slice(0, found.length));
        // Exactly the records that fit: 8 bytes of segment header, 12 of each record's.
        let end = 8;
        let whole = before;
        for (const { value } of written.slice(before)) {
          end += 12 + Buffer.byteLength(JSON.stringify(value));
          if (end <= size) whole++;
        }
        assert.equal(found.length, whole);
        // The next process has a stream of its own, and leaves the torn one as it is.
        const { stream } = await log.append({ next: 1 });
        assert.notEqual(stream, written[0]?.position.stream);
        assert.equal(statSync(last).size, size);
        assert.equal((await all(log)).length, whole + 1);
        await log.close();
      },
    ),
    { numRuns: 40 },
  );
});

test('one byte changed anywhere: told, or the record and all behind it in its flush dropped; never garbage', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.nat(), fc.integer({ min: 1, max: 255 }), async (batches, at, flip) => {
      const folder = newFolder();
      const written = await fill(folder, batches);
      const file = join(folder, files(folder)[0] as string);
      const bytes = readFileSync(file);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] as number) ^ flip;
      writeFileSync(file, bytes);
      const log = await openLog(folder);
      const found: LogRecord[] = [];
      let code: string | undefined;
      try {
        for await (const one of log.read()) found.push(one);
      } catch (error) {
        code = (error as { code?: string }).code;
      }
      await log.close();
      assert.deepEqual(found, written.slice(0, found.length));
      assert.ok(found.length < written.length);
      const lastFlush = batches.at(-1)?.length as number;
      if (found.length < written.length - lastFlush) assert.equal(code, 'MILL_LOG_DAMAGED');
      else assert.equal(code, undefined);
    }),
    { numRuns: 100 },
  );
});

test('damage names file and byte; a segment that is gone from the middle is damage too', async () => {
  const folder = newFolder();
  await fill(folder, numbered(20), { segmentBytes: 200 });
  const [first, second] = files(folder).map((name) => join(folder, name)) as [string, string];
  const log = await openLog(folder);
  const bytes = readFileSync(first);
  writeFileSync(first, bytes.subarray(0, bytes.length - 1));
  await assert.rejects(all(log), (error: Error & { code: string }) => {
    assert.equal(error.code, 'MILL_LOG_DAMAGED');
    assert.ok(error.message.includes(first) && /byte \d+\./.test(error.message), error.message);
    return true;
  });
  writeFileSync(first, bytes);
  assert.equal((await all(log)).length, 20);
  rmSync(second);
  await assert.rejects(all(log), { code: 'MILL_LOG_DAMAGED' });
  await log.close();
});

test('appends that come together share flushes', async () => {
  const flushes: number[] = [];
  const log = await openLog(newFolder(), { onFlush: ({ records }) => void flushes.push(records) });
  const positions = await Promise.all(Array.from({ length: 1000 }, (_, i) => log.append({ i })));
  assert.deepEqual(
    positions.map((position) => position.index),
    positions.map((_, i) => i),
  );
  assert.deepEqual(flushes, [1000]);
  // While the first is being flushed, the others gather.
  const started = log.append({ i: 0 });
  await new Promise(setImmediate);
  await Promise.all([started, ...Array.from({ length: 1000 }, (_, i) => log.append({ i }))]);
  assert.deepEqual(flushes, [1000, 1, 1000]);
  await log.close();
  await assert.rejects(log.append({}), { code: 'MILL_LOG_CLOSED' });
});

test('bounds: too long a record, too much waiting', async () => {
  const log = await openLog(newFolder(), { recordBytes: 100 });
  await assert.rejects(log.append({ text: 'é'.repeat(60) }), { code: 'MILL_LOG_RECORD_TOO_LARGE' });
  await log.append({ text: 'e'.repeat(60) });
  await log.close();
  const wide = await openLog(newFolder(), { recordBytes: 16 * 2 ** 20 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 9 }, () => wide.append({ text: 'x'.repeat(8 * 2 ** 20) })),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.deepEqual(
    refused.map((outcome) => outcome.reason.code),
    ['MILL_LOG_BUSY', 'MILL_LOG_BUSY'],
  );
  assert.equal((await all(wide)).length, 7);
  await wide.close();
});

test('trimming removes whole segments; the last only when its writer is idle, who then writes on elsewhere', async () => {
  const folder = newFolder();
  const log = await openLog(folder, { segmentBytes: 200 });
  const other = await openLog(folder);
  for (const [value] of numbered(20)) await log.append(value as JsonObject);
  const { stream } = await log.append({ i: 20 });
  const segments = files(folder);
  await other.trim(new Map([[stream, 8]]));
  const left = await all(log);
  assert.ok((left[0]?.position.index as number) <= 8 && (left[0]?.position.index as number) > 0);
  assert.equal(left.at(-1)?.position.index, 20);
  await other.trim(new Map([[stream, 21]]));
  assert.deepEqual(files(folder), segments.slice(-1), 'its last segment was written to just now');
  const last = join(folder, segments.at(-1) as string);
  utimesSync(last, 0, 0);
  await other.trim(new Map([[stream, 20]]));
  assert.deepEqual(files(folder), segments.slice(-1), 'record 20 is still wanted');
  await other.trim(new Map([[stream, 21]]));
  assert.deepEqual(files(folder), []);
  assert.deepEqual(await log.append({ i: 21 }), { stream, index: 21 });
  assert.deepEqual(
    (await all(other)).map(({ value }) => value),
    [{ i: 21 }],
  );
  await log.close();
  await other.close();
});

test('trimming the last segment while its writer appends loses nothing', async () => {
  const folder = newFolder();
  const log = await openLog(folder, { segmentBytes: 2000 });
  const reader = await openLog(folder);
  const seen: number[] = [];
  let next = new Map<string, number>();
  let writing = true;
  const trimming = (async () => {
    while (writing) {
      for await (const { position, value } of reader.read(next)) {
        seen.push(value['i'] as number);
        next = new Map([[position.stream, position.index + 1]]);
      }
      for (const name of files(folder)) {
        try {
          utimesSync(join(folder, name), 0, 0);
        } catch {
          // Trimmed or renamed just now.
        }
      }
      await reader.trim(next);
    }
  })();
  const appended: number[] = [];
  for (let i = 0; i < 300; i++) {
    await log.append({ i });
    appended.push(i);
  }
  writing = false;
  await trimming;
  for await (const { value } of reader.read(next)) seen.push(value['i'] as number);
  assert.deepEqual(seen, appended);
  await log.close();
  await reader.close();
});

/** Runs the appending process; gives the lines it printed up to its end. */
function appending(
  command: string,
  lines: (seen: number, kill: () => void) => void,
): Promise<Record<string, unknown>[]> {
  const child = spawn('sh', ['-c', `exec ${command}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let seen = 0;
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      seen += data.split('\n').length - 1;
      lines(seen, () => child.kill('SIGKILL'));
    });
    child.on('close', () => {
      const whole = text.slice(0, text.lastIndexOf('\n'));
      resolve(whole.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>));
    });
  });
}

const fixture = new URL('log.crash.fixture.ts', import.meta.url).pathname;
const node = `"${process.execPath}" --conditions=source "${fixture}"`;

for (const killAfter of [1, 50, 700])
  test(`killed after ${killAfter} acknowledgements: all of them are there`, async () => {
    const folder = newFolder();
    const told = await appending(`${node} "${folder}" 4096`, (seen, kill) => {
      if (seen >= killAfter) kill();
    });
    const log = await openLog(folder);
    const found = await all(log);
    assert.ok(told.length >= killAfter && found.length >= told.length);
    for (const { index, lane, n } of told) {
      const value = found[index as number]?.value;
      assert.deepEqual([value?.['lane'], value?.['n']], [lane, n]);
    }
    found.forEach(({ value, position }, i) => {
      assert.equal(position.index, i);
      assert.equal((value['pad'] as string).length, ((value['n'] as number) * 37) % 200);
    });
    await log.close();
  });

test('a write that fails reaches every waiter; what was acknowledged stays; the next append begins a new stream', {
  skip: process.platform === 'win32' && 'no file size limit on Windows',
}, async () => {
  const folder = newFolder();
  // A real limit of the system, about 16 or 33 KiB a file, in which a part of the refused records would fit.
  const told = await appending(
    `sh -c 'ulimit -f 33; exec ${node} "${folder}" 1000000 stop'`,
    () => undefined,
  );
  const failed = told.filter(({ code }) => code !== undefined);
  assert.equal(failed.length, 8);
  assert.ok(failed.every(({ code }) => code === 'MILL_LOG_WRITE_FAILED'));
  const taken = told.filter(({ code }) => code === undefined);
  assert.equal(new Set(taken.map(({ stream }) => stream)).size, 2);
  const log = await openLog(folder);
  const found = await all(log);
  assert.deepEqual(
    found.map(({ position, value }) => [position.stream, position.index, value['lane'], value['n']]),
    taken.map(({ stream, index, lane, n }) => [stream, index, lane, n]),
  );
  await log.close();
});

test('a folder that cannot be used is named', async () => {
  const file = newFolder();
  writeFileSync(file, '');
  await assert.rejects(openLog(join(file, 'log')), { code: 'MILL_LOG_FOLDER' });
});

test('a mark is another one as soon as others have appended, and only then', async () => {
  const folder = newFolder();
  const mine = await openLog(folder, { segmentBytes: 200 });
  const theirs = await openLog(folder, { segmentBytes: 200 });
  await mine.append({ i: 0 });
  let before = await mine.mark();
  await mine.append({ i: 1 });
  assert.equal(await mine.mark(), before, 'its own');
  for (let i = 0; i < 20; i++) {
    await theirs.append({ i });
    const now = await mine.mark();
    assert.notEqual(now, before, `record ${i}, across segments`);
    before = now;
  }
  assert.equal(await mine.mark(), before);
  await mine.close();
  await theirs.close();
});
