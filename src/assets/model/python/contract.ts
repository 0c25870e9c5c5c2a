import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../base/index.ts';
import type { Room } from '../outside/outside.port.ts';
import type { PythonSettings } from './options.ts';
import type { StandsOn } from './stands-on.ts';
import { surroundings } from './surroundings.ts';

/** The version of what a script is given and gives; `millrace_training.py` says the same. */
const CONTRACT = 1;

/** The folder of a program of ours in Python. */
export const ours = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A room as a script finds it: where it stands, what it reads and where its results go. */
export interface Laid {
  /** A copy of what it stands on, laid out as in the project. */
  readonly code: string;
  readonly script: string;
  readonly input: string;
  readonly output: string;
  /** Where it works: empty. */
  readonly work: string;
  /** Where the launcher tells what it failed of. */
  readonly error: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Lays out the room: a copy of the files it stands on, the parts as Parquet, and what is asked. */
export async function layOut(room: Room, settings: PythonSettings, files: StandsOn): Promise<Laid> {
  const at = (name: string): string => join(room.desk, name);
  const [code, input, output, work] = [at('code'), at('input'), at('output'), at('work')];
  for (const folder of [code, input, output, work]) mkdirSync(folder);
  for (const [path, content] of files) {
    mkdirSync(dirname(join(code, path)), { recursive: true });
    writeFileSync(join(code, path), content);
  }
  const paths = { train: join(input, 'train.parquet'), validation: join(input, 'validation.parquet') };
  for (const part of ['train', 'validation'] as const) await room.write(part, paths[part]);
  writeFileSync(join(input, 'params.json'), `${JSON.stringify(paramsOf(room, settings, paths), null, 2)}\n`);
  return {
    ...{ code, script: join(code, settings.script), input, output, work, error: at('error.json') },
    env: surroundings({
      ...{ MILLRACE_CONTRACT: String(CONTRACT), MILLRACE_INPUT: input, MILLRACE_OUTPUT: output },
      ...{ PYTHONPATH: ours('for-scripts'), PYTHONHASHSEED: String(room.seed % 2 ** 32), TMPDIR: work },
    }),
  };
}

function paramsOf(
  { question, seed, columns, rows }: Room,
  { params }: PythonSettings,
  paths: Readonly<Record<string, string>>,
): JsonObject {
  const { model, task, inputs, classes } = question;
  return {
    ...{ millrace: CONTRACT, model, task, seed, params },
    ...columns,
    classes: classes ? [...classes] : null,
    inputs: inputs.map(({ name, type }) => ({ name, type })),
    rows: { ...rows },
    paths: { ...paths },
  };
}
