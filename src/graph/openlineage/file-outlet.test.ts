import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { LineageEvent } from './event.ts';
import { fileOutlet } from './file-outlet.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const event = (name: string): LineageEvent => ({ job: { name } }) as LineageEvent;
const never = (): void => assert.fail('nothing is lost');

test('one event a line, after what is there; the folder is made', async () => {
  const path = join(folder, 'deep', 'down', 'events.ndjson');
  for (const name of ['a', 'b']) {
    const outlet = fileOutlet(path);
    outlet.send(event(name), never);
    outlet.send(event(`${name}\n"é"`), never);
    await outlet.settle();
    await outlet.close();
    await outlet.close();
  }
  const names = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).job.name);
  assert.deepEqual(names, ['a', 'a\n"é"', 'b', 'b\n"é"']);
});

test('half a line that a killed process left spoils no other', async () => {
  const path = join(folder, 'events.ndjson');
  appendFileSync(path, '{"half":');
  const outlet = fileOutlet(path);
  outlet.send(event('a'), never);
  await outlet.close();
  assert.equal(readFileSync(path, 'utf8'), '{"half":\n{"job":{"name":"a"}}\n');
});

test('two that write to one file lose nothing of each other', async () => {
  const path = join(folder, 'events.ndjson');
  const both = [fileOutlet(path), fileOutlet(path)];
  for (let i = 0; i < 200; i++) both[i % 2]?.send(event(`${i}`), never);
  for (const outlet of both) await outlet.close();
  const names = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).job.name);
  assert.deepEqual(
    names,
    Array.from({ length: 200 }, (_, i) => `${i}`),
  );
});

test('a file that cannot be written is told once', async () => {
  mkdirSync(join(folder, 'events.ndjson'));
  const outlet = fileOutlet(join(folder, 'events.ndjson'));
  const lost: [number, string][] = [];
  for (const name of ['a', 'b']) outlet.send(event(name), (...told) => lost.push(told));
  await outlet.settle();
  await outlet.close();
  assert.equal(lost.length, 1);
  assert.match(lost[0]?.[1] ?? '', /events\.ndjson cannot be written: EISDIR/);
});
