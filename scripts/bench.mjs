// `npm run bench`: side by side with what one would pick instead; `-- --write` keeps the results. See bench/run.ts, with
// `-- data` bench/data.ts, and so with features, judge, mlflow and training.
import { fileURLToPath } from 'node:url';
import { handOver, installDependencies, root, withPinnedNode } from './bootstrap.mjs';

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();
const [group = ''] = process.argv.slice(2);
const named = ['data', 'features', 'judge', 'mlflow', 'training'].includes(group);
const script = `bench/${named ? group : 'run'}.ts`;
const args = ['--conditions=source', script, ...process.argv.slice(named ? 3 : 2)];
await handOver(process.execPath, args, { cwd: root });
