// `npm run bench`: side by side with what one would pick instead; `-- --write` keeps the results. See bench/run.ts, and with
// `-- data` bench/data.ts.
import { fileURLToPath } from 'node:url';
import { handOver, installDependencies, root, withPinnedNode } from './bootstrap.mjs';

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();
const data = process.argv[2] === 'data';
const script = data ? 'bench/data.ts' : 'bench/run.ts';
const args = ['--conditions=source', script, ...process.argv.slice(data ? 3 : 2)];
await handOver(process.execPath, args, { cwd: root });
