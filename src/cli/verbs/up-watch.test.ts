import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const declared = `
import { col, files, project, source, sql, table } from '${new URL('../../index.ts', import.meta.url).href}';
const columns = { id: col.string() };
const orders = source('orders', { from: files('*.csv'), columns, key: 'id' });
const again = table('again', { columns, query: sql\`select id from \${orders}\` });
export default project('shop', { orders, again }, { watch: '1s' });
`;

test('up with a watch notices a new file, runs what follows from it, and ends in good order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    writeFileSync(join(folder, 'project.ts'), declared);
    writeFileSync(join(folder, 'a.csv'), 'id\n1\n');
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=source', main, 'up', '--port', '0'], {
      cwd: folder,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let delivered = false;
    let told = false;
    child.stdout.on('data', (text) => {
      said += text;
      if (!delivered && said.includes('Serving shop')) {
        delivered = true;
        writeFileSync(join(folder, 'b.csv'), 'id\n2\n');
      }
      // Once: a second time it would end at once.
      if (!told && said.includes('✓ again@2')) told = child.kill('SIGINT');
    });
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0, said);
    assert.match(said, /✓ again@2 +2 rows/);
    assert.match(said, /Stopping …\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
