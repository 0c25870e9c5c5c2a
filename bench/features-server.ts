import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatInstant } from '../src/base/index.ts';
import { openDuckDb } from '../src/engine/index.ts';
import { ASKED, type Size, writeHistory } from './features-data.ts';

// The project of bench/features-project.ts in a folder of its own, served by the command line.

/** The clock stands here: some time after the last payment. */
export const NOW = ASKED.to + 90_000_000;
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const declared = pathToFileURL(fileURLToPath(new URL('features-project.ts', import.meta.url))).href;

/** Writes the project with so many payments, and runs it once. Gives its file. */
export async function featuresProject(folder: string, size: Size): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const engine = await openDuckDb({});
  try {
    const session = await engine.session();
    await writeHistory(session, folder, size);
    const time = `strftime(paid_at, '%Y-%m-%dT%H:%M:%S.%fZ') as paid_at`;
    await session.run(
      `copy (select card_id, amount, ${time} from read_parquet('${join(folder, 'payments.parquet')}')) to '${join(folder, 'payments.csv')}' (header)`,
    );
  } finally {
    await engine.close();
  }
  const project = join(folder, 'project.ts');
  // The declarations stay in the checkout; data and state lie beside this file.
  writeFileSync(project, `export { default } from ${JSON.stringify(declared)};\n`);
  const run = millrace(project, ['run']);
  run.stdout?.resume();
  const [code] = (await once(run, 'close')) as [number | null];
  if (code !== 0) throw new Error(`millrace run ended with ${code}`);
  return project;
}

/** The server of such a project; it says where it listens. */
export const featuresServer = (project: string): ChildProcess => millrace(project, ['serve', '--port', '0']);

function millrace(project: string, args: readonly string[]): ChildProcess {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  return spawn(process.execPath, [...flags, main, '--project', project, ...args], {
    env: { ...process.env, MILLRACE_CLOCK: formatInstant(NOW) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
