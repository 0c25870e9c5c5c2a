import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root } from '../house/tree.ts';
import type { Shown } from './golden.ts';
import { edited, type Step, settled, shows } from './page.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** An environment with the commands that pages call: `npx millrace` runs our sources as they stand. Makes them in a folder. */
export function commandsIn(folder: string): Env {
  mkdirSync(folder, { recursive: true });
  const node = `exec '${process.execPath}' --conditions=source`;
  const scripts = {
    node: `${node} "$@"`,
    npx: `shift\n${node} '${join(root, 'src', 'cli', 'main.ts')}' "$@"`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const path = `${folder}${delimiter}${process.env['PATH']}`;
  // Some fifty commands are started: each need not strip the types anew.
  const cache = join(folder, 'compiled');
  // A reader's tests are run by themselves, not as ours.
  const own = { NO_COLOR: '1', FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined };
  return { ...process.env, ...own, PATH: path, NODE_COMPILE_CACHE: cache };
}

/**
 * Does what a page says, in a folder; `cd` and `export` last to its end, and files are named from the folder. Gives every output that differs from what the page shows.
 * @throws when an edit does not apply, or a command fails that should not, or the other way round.
 */
export async function play(steps: readonly Step[], folder: string, given: Env): Promise<Shown[]> {
  const env: Record<string, string | undefined> = { ...given };
  const differences: Shown[] = [];
  let here = folder;
  let file = '';
  let printed = '';
  let id = '';
  for (const step of steps) {
    if (step.do === 'write' || step.do === 'edit') file = join(folder, step.file);
    switch (step.do) {
      case 'write':
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, step.text);
        break;
      case 'append':
        writeFileSync(file, readFileSync(file, 'utf8') + step.text);
        break;
      case 'edit':
        writeFileSync(
          file,
          at(step, () => edited(readFileSync(file, 'utf8'), step.text)),
        );
        break;
      case 'run': {
        for (const [, name, value] of step.text.matchAll(/^export (\w+)=(\S+)$/gm)) env[name!] = value;
        const ran = await shell(step.text.replaceAll('<id>', id), here, env);
        if ((ran.code !== 0) !== step.fails)
          throw new Error(`line ${step.line}: exit code ${ran.code}\n${step.text}\n${ran.output}`);
        for (const [, to] of step.text.matchAll(/^cd (\S+)$/gm)) here = join(here, to!);
        const result = settled(ran.output);
        printed = result.text;
        id = result.id ?? id;
        break;
      }
      case 'compare':
        if (!shows(step.text, printed)) differences.push({ ...step, shown: step.text, real: printed });
    }
  }
  return differences;
}

function at<T>(step: Step, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`line ${step.line}: ${(error as Error).message}`);
  }
}

/** Runs commands as a person would who stops at the first that fails. Both streams, in the order of writing. */
function shell(script: string, cwd: string, env: Env): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-e', '-c', `exec 2>&1\n${script}`], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** `npx millrace serve` in a project's folder, on a port of its own. */
export async function startServer(
  folder: string,
  env: Env,
): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const server = spawn('npx', ['millrace', 'serve', '--port', '0'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(server, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      const found = /http:\/\/[\d.]+:\d+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    server.once('error', reject);
    server.once('close', () => reject(new Error('the server ended before it listened')));
  });
  return {
    url,
    stop: () => {
      server.kill();
      return closed;
    },
  };
}
