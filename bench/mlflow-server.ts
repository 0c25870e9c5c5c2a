import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '../src/assets/index.ts';
import { checked, openWorkspace, type Project } from '../src/graph/index.ts';
import { col, files, project, source } from '../src/index.ts';
import { createServer } from '../src/server/index.ts';

// A project with nothing in it, served: what MLflow's own server is held against.

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
writeFileSync(join(folder, 'rows.csv'), 'id\n1\n');
const rows = source('rows', { from: files('rows.csv'), columns: { id: col.string() } });
const workspace = await openWorkspace(folder);
const graph = await checked(project('tracked', { rows }) as unknown as Project, kinds, workspace.engine);
const app = await createServer(graph, workspace);
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
process.once('SIGTERM', async () => {
  app.server.closeAllConnections();
  await app.close();
  await workspace.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
