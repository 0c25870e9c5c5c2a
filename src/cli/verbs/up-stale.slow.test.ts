import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const declared = `
import { col, files, project, source } from '${new URL('../../index.ts', import.meta.url).href}';
const orders = source('orders', {
  from: files('*.csv'),
  columns: { id: col.string(), at: col.timestamp() },
  ...{ eventTime: 'at', owner: 'data-team', fresh: '30s' },
});
export default project('shop', { orders }, { schedule: '0 0 1 1 *' });
`;

test('up tells that nothing new has arrived, though nothing runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    writeFileSync(join(folder, 'project.ts'), declared);
    writeFileSync(join(folder, 'a.csv'), `id,at\n1,${new Date().toISOString()}\n`);
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=source', main, 'up', '--port', '0'], {
      cwd: folder,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let told = false;
    child.stdout.on('data', (text) => {
      said += text;
      // Once: a second time it would end at once.
      if (!told && said.includes('! ')) told = child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0, said);
    assert.match(
      said,
      /^! orders \(data-team\) stale: Its newest at is .*, wanted at most 30s before now\./m,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
