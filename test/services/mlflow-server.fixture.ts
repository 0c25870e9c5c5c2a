import { rmSync } from 'node:fs';
import { createServer } from '../../src/server/app.ts';
import { makeShop, openShop } from '../../src/server/shop.fixture.ts';

// Serves a project of its own on a port until it is told to stop.

const shop = makeShop(1);
const { graph, workspace } = await openShop(shop);
const app = await createServer(graph, workspace, { onError: (error) => process.stderr.write(`${error}\n`) });
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
process.once('SIGTERM', async () => {
  await app.close();
  await workspace.close();
  rmSync(shop.folder, { recursive: true, force: true });
  process.exit(0);
});
