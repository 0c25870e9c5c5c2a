import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kinds } from '../../../src/assets/index.ts';
import { checked, openWorkspace, type Project } from '../../../src/graph/index.ts';
import { col, files, project, source } from '../../../src/index.ts';
import { createServer } from '../../../src/server/app.ts';

// For each line that comes in, a server of a project of its own with nothing in it; its address goes out. The one before is closed.

let close = async (): Promise<void> => {};
for await (const _line of createInterface({ input: process.stdin })) {
  await close();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-suite-'));
  writeFileSync(join(folder, 'rows.csv'), 'id\n1\n');
  const rows = source('rows', { from: files('rows.csv'), columns: { id: col.string() } });
  const workspace = await openWorkspace(folder, { MILLRACE_MEMORY: '200MB' });
  const graph = await checked(project('suite', { rows }) as unknown as Project, kinds, workspace.engine);
  const app = await createServer(graph, workspace, {
    onError: (error) => process.stderr.write(`${error instanceof Error ? error.stack : error}\n`),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  close = async () => {
    app.server.closeAllConnections();
    await app.close();
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  };
  process.stdout.write(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}\n`);
}
await close();
