#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// This file alone runs on older Nodes too: it says what is needed, or carries on with the Node that `npm start` has
// fetched for this checkout.
const NEEDED = 24;

/**
 * Runs this very program with another Node, and gives its exit code. A signal to end is passed on, so that nobody kills the one and
 * leaves the other serving; on a terminal Ctrl-C reaches both by itself, and sent twice would mean "at once".
 */
function carryOn(node: string, args: readonly string[]): Promise<number> {
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]));
  });
}

/** The Node of this checkout, if `npm start` or `npm test` has fetched one. */
function fetchedNode(): string | undefined {
  const home = fileURLToPath(new URL('../../.toolchain', import.meta.url));
  if (!existsSync(home)) return undefined;
  for (const folder of readdirSync(home))
    for (const name of ['bin/node', 'bin/node.exe']) {
      const node = join(home, folder, 'node_modules', folder.replace(/-[\d.]+$/, ''), name);
      if (existsSync(node)) return node;
    }
  return undefined;
}

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  const { runCli } = await import('./program.ts');
  process.exitCode = await runCli(process.argv.slice(2));
} else {
  const node = fetchedNode();
  if (node === undefined) {
    process.stderr.write(`Millrace needs Node ${NEEDED} or newer; this is ${process.versions.node}.\n`);
    process.exitCode = 2;
  } else {
    process.exitCode = await carryOn(node, process.argv.slice(1));
  }
}
