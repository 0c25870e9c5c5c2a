import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

/** What the compiler may instantiate for the fraud example: slow types fail here like slow code. */
const BUDGET = 100_000;

const root = join(import.meta.dirname, '..', '..');
const example = join(root, 'examples', 'fraud', 'project.ts');
const skip = existsSync(example) ? false : 'no examples/fraud/project.ts yet';

test(`the types of examples/fraud cost at most ${BUDGET} instantiations`, { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules', '@types')] },
      files: [example],
      include: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--extendedDiagnostics'], {
      encoding: 'utf8',
    });
    const found = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1];
    assert.ok(found !== undefined, stdout);
    assert.ok(!/ error TS/.test(stdout), stdout);
    t.diagnostic(`${found} of ${BUDGET} instantiations`);
    assert.ok(Number(found) <= BUDGET, `${found} instantiations, at most ${BUDGET} are allowed`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
