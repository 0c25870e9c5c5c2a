import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type BadInputBench, type Case, openBadInputBench } from './bad-input.fixture.ts';

// What bad input gets: a folder for each way in which files are bad, with what a user sees and where each record went. A new case is a
// new folder with case.json and input/ or input.ts; UPDATE_GOLDEN=1 writes expected.json, which is to be formatted, and
// read before it is believed.

const here = join(import.meta.dirname, 'bad-input');
const cases = globSync('*/case.json', { cwd: here }).map((path) => path.split(/[\\/]/)[0] as string);

let bench: BadInputBench;
before(async () => {
  bench = await openBadInputBench();
});
after(() => bench.close());

test('the cases are found', () => assert.ok(cases.length >= 60, `${cases.length} cases`));

for (const name of cases.sort()) {
  const folder = join(here, name);
  const declared = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as Case;
  const skip = declared.notAsRoot && process.getuid?.() === 0 ? 'root may read everything' : false;
  test(name, { skip }, async () => {
    const seen = await bench.deliver(name, folder);
    const golden = join(folder, 'expected.json');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, `${JSON.stringify(seen, null, 2)}\n`);
    assert.deepEqual(JSON.parse(JSON.stringify(seen)), JSON.parse(readFileSync(golden, 'utf8')));
  });
}
