import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from './problem.ts';
import { systemFailure, systemGuard } from './system-failure.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

// A device that is always full.
test('a full disk has a name, a cure and can be tried again', {
  skip: process.platform !== 'linux',
}, async () => {
  const full = thrownBy(() => appendFileSync('/dev/full', 'x'));
  assert.equal(systemFailure(full)?.code, 'MILL_SYSTEM_FAILED');
  assert.match(systemFailure(full)?.message ?? '', /ENOSPC.*Make room on the disk/s);
  await assert.rejects(
    systemGuard(async () => appendFileSync('/dev/full', 'x')),
    (error) => error instanceof MillraceError && error.problems[0]?.retry === true,
  );
});

test('everything else keeps its own form', async () => {
  assert.equal(systemFailure(thrownBy(() => readFileSync('/no such file'))), undefined);
  for (const other of [undefined, null, 'ENOSPC', new Error('ENOSPC'), { code: 13 }, { code: 'toString' }])
    assert.equal(systemFailure(other), undefined);
  const own = new Error('own');
  await assert.rejects(
    systemGuard(async () => {
      throw own;
    }),
    own,
  );
});
