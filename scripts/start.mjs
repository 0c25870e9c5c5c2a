// `npm start`: from a fresh clone to a running example, whatever is missing is fetched first.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver, installDependencies, root, withPinnedNode } from './bootstrap.mjs';
import { build } from './build.mjs';

/** What `npm start` runs; its arguments follow. */
const ENTRY = ['examples/fraud/start.ts'];

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();
build();
await handOver(process.execPath, [join(root, ENTRY[0]), ...ENTRY.slice(1), ...process.argv.slice(2)], {
  cwd: root,
});
