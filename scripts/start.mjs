// `npm start`: from a fresh clone to the running fraud example; whatever is missing is fetched and made first.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver, installDependencies, root, run, say, withPinnedNode } from './bootstrap.mjs';
import { build } from './build.mjs';

const example = join('examples', 'fraud');

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();
build();

// The example's world goes on: 90 days until last midnight (UTC). A day later there is a file more, and a run that adds it.
say(`Making the data of ${example} …`);
const today = new Date().toISOString().slice(0, 10);
const simulator = [join(example, 'simulate.ts'), '--folder', join(example, 'data'), '--until', today];
const made = await run(process.execPath, simulator, { cwd: root, stdio: ['ignore', 2, 2] });
if (made.code !== 0) process.exit(made.code ?? 1);

const cli = [join('dist', 'cli', 'main.js'), '--project', join(example, 'project.ts'), 'up'];
await handOver(process.execPath, [...cli, ...process.argv.slice(2)], { cwd: root });
