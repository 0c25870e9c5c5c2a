import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Outsider, outsider } from './outsider.ts';

/** A project with a trainer, a connector and stores of its own (own/), and test files that run the suites against them. */
export function outsiderWithSuites(): Outsider {
  const project = outsider();
  cpSync(join(import.meta.dirname, 'own'), project.folder, { recursive: true });
  return project;
}

export interface Ran {
  readonly status: number | null;
  readonly said: string;
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
}

/** Runs a test file of the project, as its people do. */
export function runSuite({ folder }: Outsider, file: string, ...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', ...args, file],
    // A test within a test would tell its parent, not us.
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  const told = (what: string): number =>
    Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1] ?? Number.NaN);
  return {
    status,
    said: `${stdout}${stderr}`,
    ...{ pass: told('pass'), fail: told('fail'), skipped: told('skipped') },
  };
}
