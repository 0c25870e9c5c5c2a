import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const python = join(root, 'node_modules', '.cache', 'services', 'python', 'bin', 'python');

/** Why the reference implementation cannot be asked, or false. */
export const skip: string | false = existsSync(python)
  ? false
  : 'no Python with the DuckLake extension; `npm run test:services` sets it up';

/** Runs statements in the reference implementation, which keeps up to `inlined` rows in the catalog; gives the rows of each. */
export function askReference(catalog: string, statements: readonly string[], inlined = 0): unknown[][][] {
  const script = join(import.meta.dirname, 'ducklake-reference.py');
  const done = spawnSync(python, [script, catalog, String(inlined), ...statements], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown[][]);
}
