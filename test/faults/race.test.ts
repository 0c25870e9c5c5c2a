import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '../../src/store/database.ts';
import { checkCatalog } from '../../src/store/lake/index.ts';
import { assetNames, type Digest, digest } from '../truth/digest.fixture.ts';
import { line, newFolder, openBench, putFirstFiles, putLaterFiles } from '../truth/line.fixture.ts';
import { startRunner } from './runner.fixture.ts';

/** Two rounds, and more only while the two were never in each other's way: on a busy machine one may be done before the other begins. */
const ROUNDS = 2;
const MOST_ROUNDS = 6;

/** What one process alone makes of the line, first and later. */
async function alone(): Promise<[Digest, Digest]> {
  const bench = await openBench();
  try {
    putFirstFiles(bench.folder);
    await bench.run(line());
    const first = await digest(bench.workspace, assetNames);
    putLaterFiles(bench.folder);
    await bench.run(line());
    return [first, await digest(bench.workspace, assetNames)];
  } finally {
    await bench.close();
  }
}

/** Lets two processes run the line at the same moment. Gives how often one was beaten. */
async function together(folder: string): Promise<number> {
  const runners = await Promise.all([startRunner(), startRunner()]);
  for (const runner of runners) runner.go(folder);
  const reports = await Promise.all(runners.map((runner) => runner.report));
  for (const report of reports) {
    assert.deepEqual(report?.problems, []);
    assert.equal(report?.ok, true);
  }
  return reports.flatMap((report) => report?.beaten ?? []).length;
}

async function sameAs(folder: string, wanted: Digest, said: string): Promise<void> {
  const bench = await openBench(folder);
  const database = openDatabase(join(folder, '.millrace', 'state.db'));
  try {
    assert.deepEqual(await digest(bench.workspace, assetNames), wanted, said);
    assert.deepEqual(checkCatalog(database), [], said);
    for (const asset of assetNames)
      assert.equal(
        bench.workspace.state.versions(asset).length,
        Number(wanted[asset]?.id.split('@')[1]),
        `${said}: nothing of ${asset} was published twice`,
      );
    const twice = database.all(
      'select asset, path, hash from mill_load group by asset, path, hash having count(*) > 1',
    );
    assert.deepEqual(twice, [], `${said}: files that were loaded twice`);
    assert.deepEqual((await bench.run(line())).steps, [], `${said}: a run with nothing to do`);
  } finally {
    database.close();
    await bench.close();
  }
}

test('two processes that run one project at once end where one alone does', async (t: TestContext) => {
  const [first, later] = await alone();
  let beaten = 0;
  for (let round = 0; round < ROUNDS || (beaten === 0 && round < MOST_ROUNDS); round++) {
    const folder = newFolder();
    try {
      putFirstFiles(folder);
      beaten += await together(folder);
      await sameAs(folder, first, `round ${round}, first files`);
      putLaterFiles(folder);
      beaten += await together(folder);
      await sameAs(folder, later, `round ${round}, later files`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  t.diagnostic(`${beaten} steps were beaten and planned again`);
  assert.ok(beaten > 0, 'the two were never in each other’s way');
});
