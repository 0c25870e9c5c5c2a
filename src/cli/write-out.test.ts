import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOut } from './write-out.ts';

test('a file that cannot be there is a slip of the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    const file = join(folder, 'out.json');
    writeOut(file, 'one');
    writeOut(file, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    for (const wrong of [
      folder,
      join(folder, 'none/out.json'),
      join(file, 'x'),
      join(folder, 'x'.repeat(300)),
    ])
      assert.throws(() => writeOut(wrong, 'text'), {
        code: 'MILL_CLI_USAGE',
        message: /cannot be written: (it is a folder|there is no folder|ENAMETOOLONG)/,
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
