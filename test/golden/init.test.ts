import assert from 'node:assert/strict';
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { projectText } from '../../src/assets/source/propose/index.ts';
import { comesTrue, holdsFor, type InitBench, openInitBench } from './init.fixture.ts';

// Files as people have them, and the project.ts that `millrace init --from` makes of them. Each is also checked and run: what the
// proposal says about its rows must come true. UPDATE_GOLDEN=1 writes the expected files anew.

let bench: InitBench;
before(async () => {
  bench = await openInitBench();
});
after(() => bench.close());

const here = join(import.meta.dirname, 'init');
const cases = globSync('*/input', { cwd: here }).map((path) => path.split(/[\\/]/)[0] as string);

for (const name of cases.sort())
  test(`${name}: the project that a person would have written`, async () => {
    const folder = join(bench.home, name);
    cpSync(join(here, name, 'input'), join(folder, 'data'), { recursive: true });
    const files = globSync('data/*', { cwd: folder }).sort();
    const sources = await bench.proposed(
      folder,
      files.map((path) => resolve(folder, path)),
    );
    const text = projectText(name, sources);
    const golden = join(here, name, 'project.ts');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
    await comesTrue(folder, sources, text);
  });

holdsFor(() => bench, 'bike-sharing', '*.csv', 17_379 + 731);
holdsFor(() => bench, 'nyc-collisions-sample', '*.csv.gz', 7303);
holdsFor(() => bench, 'chicago-food-inspections-sample', '*.csv', 561);
