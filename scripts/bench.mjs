// `npm run bench`: side by side with what one would pick instead; `-- --write` keeps the results. See bench/run.ts.
import { fileURLToPath } from 'node:url';
import { handOver, installDependencies, root, withPinnedNode } from './bootstrap.mjs';

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();
const args = ['--conditions=source', 'bench/run.ts', ...process.argv.slice(2)];
await handOver(process.execPath, args, { cwd: root });
