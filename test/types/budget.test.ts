import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** What the compiler may instantiate for the fraud example, beyond importing us: slow types fail here like slow code. */
const BUDGET = 10_000;

const root = join(import.meta.dirname, '..', '..');

/** Instantiations of a program of one file. It lies in the checkout, so that it finds 'millrace' as the example does. */
function instantiations(folder: string, file: string): number {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules', '@types')] },
    files: [file],
    include: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  assert.ok(!/ error TS/.test(stdout), stdout);
  const found = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1];
  assert.ok(found !== undefined, stdout);
  return Number(found);
}

test(`the types of examples/fraud cost at most ${BUDGET} instantiations`, (t) => {
  const folder = mkdtempSync(join(root, 'node_modules', '.millrace-budget-'));
  try {
    const empty = join(folder, 'empty.ts');
    writeFileSync(empty, "import * as millrace from 'millrace';\nexport default millrace;\n");
    const found =
      instantiations(folder, join(root, 'examples', 'fraud', 'project.ts')) - instantiations(folder, empty);
    t.diagnostic(`${found} of ${BUDGET} instantiations`);
    assert.ok(found > 0 && found <= BUDGET, `${found} instantiations, at most ${BUDGET} are allowed`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
