import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openIntake } from '../../assets/index.ts';
import { openProject } from '../load-project.ts';
import type { VerbContext } from '../verb.ts';
import { rollbackVerb } from './rollback.ts';
import { runVerb } from './run.ts';

let folder: string;
let context: VerbContext;
let lines: string[] = [];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  writeFileSync(
    join(folder, 'project.ts'),
    `import { col, files, project, source, stream } from '${new URL('../../index.ts', import.meta.url).href}';
const columns = { id: col.string() };
const posted = source('posted', { from: stream(), columns, key: 'id' });
const filed = source('filed', { from: files('*.csv'), columns, key: 'id' });
export default project('shop', { posted, filed });
`,
  );
  context = {
    projectFile: join(folder, 'project.ts'),
    untilStopped: () => new Promise(() => {}),
    terminal: {
      ...{ json: false, width: 100, moving: false, progress() {}, aside() {}, problem() {}, result() {} },
      line: (text = '') => lines.push(text),
    } as unknown as VerbContext['terminal'],
  };
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function post(id: string): Promise<void> {
  const { graph, workspace } = await openProject(context.projectFile);
  const intake = await openIntake(workspace, graph.nodes.get('posted') as never);
  await intake.take(await intake.judge([JSON.stringify({ id })]));
  intake.close();
  await workspace.close();
}

test('of a source that rows are posted to it says that they come again; of one of files it does not', async () => {
  for (const id of ['a', 'b']) {
    await post(id);
    writeFileSync(join(folder, `${id}.csv`), `id\n${id}\n`);
    assert.equal(await runVerb(context, [], {}), 0);
  }
  lines = [];
  assert.equal(await rollbackVerb(context, 'filed', {}), 0);
  assert.equal(await rollbackVerb(context, 'posted', {}), 0);
  assert.deepEqual(lines, [
    'filed: filed@2 → filed@1 is live. filed@2 will not be published again by itself.',
    'posted: posted@2 → posted@1 is live. posted@2 will not be published again by itself.',
    'What was posted is in the log still: look-ups see it, and the next micro-batch brings it again. Post rightly, under its key, what was posted wrongly.',
  ]);
});
