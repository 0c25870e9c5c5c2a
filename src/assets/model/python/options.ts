import { isAbsolute, normalize, sep } from 'node:path';
import {
  type Duration,
  type JsonObject,
  type Micros,
  MillraceError,
  type Problem,
  parseDuration,
  said,
} from '../../../base/index.ts';
import { unknownOptions } from '../train/check-options.ts';

/** Which Python runs a script. */
export type PythonEnvironment = {
  /** A requirements file of the project: a virtual environment is made of it, once. */
  readonly requirements?: string;
  /** The interpreter, by its path or name. With requirements, the one that the environment is made with. Default: `python3`. */
  readonly python?: string;
};

/** Parameters of a training script. Paths are from the project's folder and within it. */
export type PythonOptions = {
  /** The script. It is built again when it, or a module of its folder that it imports, is edited. */
  readonly script: string;
  readonly env?: PythonEnvironment;
  /** What the script is given to go by: plain JSON. */
  readonly params?: JsonObject;
  /** The longest it may take. Default `30m`. */
  readonly time?: Duration;
  /** The most memory that one process of it may fill. Default `4GB`. */
  readonly memory?: `${number}${'MB' | 'GB'}`;
  /** Further files that it reads: a list of words, a module that is imported by name. Edited, it is built again. */
  readonly files?: readonly string[];
};

/** The options with what was left out. */
export interface PythonSettings {
  readonly script: string;
  readonly env: PythonEnvironment;
  readonly params: JsonObject;
  readonly time: Micros;
  /** Bytes. */
  readonly memory: number;
  readonly files: readonly string[];
}

const UNITS: Readonly<Record<string, number>> = { MB: 2 ** 20, GB: 2 ** 30 };

/** Less does not even hold an interpreter with its libraries. */
const LEAST_MEMORY = 64 * 2 ** 20;

type Wrong = (message: string, todo: string) => void;

const NAMES = ['script', 'env', 'params', 'time', 'memory', 'files'];

/** @throws MILL_TRAIN_OPTION_INVALID, MILL_DURATION_INVALID, all that is wrong at once */
export function pythonSettings(options: PythonOptions): PythonSettings {
  const { script, params = {}, time = '30m', memory = '4GB' } = options;
  const problems: Problem[] = [];
  const wrong: Wrong = (message, todo) => {
    problems.push({ code: 'MILL_TRAIN_OPTION_INVALID', message, todo, owner: 'project' });
  };
  for (const { message, todo } of unknownOptions(options, NAMES)) wrong(message, todo);
  const env = environmentOf(options.env, wrong);
  if (!isByName(params)) wrong(`'params' is ${said(params)}; wanted values by name.`, 'Write { depth: 4 }.');
  const files = listOf(options.files, wrong);
  const named = { script, requirements: env.requirements };
  for (const [option, path] of [...Object.entries(named), ...files.map((file) => ['files', file] as const)])
    if ((path !== undefined || option === 'script') && !isWithin(path))
      wrong(
        `'${option}' is ${said(path)}, which is not within the project's folder.`,
        'Give a path from the folder of project.ts, without `..`.',
      );
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(memory) ?? [];
  const bytes = Math.floor(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN));
  if (!(bytes >= LEAST_MEMORY))
    wrong(`'memory' is ${said(memory)}; wanted 64MB or more.`, "Write a number and a unit: '512MB', '4GB'.");
  let micros = 0;
  try {
    micros = parseDuration(time);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new MillraceError(problems);
  return { script: normalize(script), env, params, time: micros, memory: bytes, files: files.map(normalize) };
}

const isByName = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As far as it can be used; what is wrong with it is told. */
function environmentOf(env: PythonOptions['env'], wrong: Wrong): PythonEnvironment {
  if (env === undefined) return {};
  const todo = "Write env: { requirements: 'training/requirements.txt' }.";
  if (!isByName(env)) {
    wrong(`'env' is ${said(env)}; wanted 'requirements' or 'python', by name.`, todo);
    return {};
  }
  for (const unknown of unknownOptions(env, ['requirements', 'python'], "'env'"))
    wrong(unknown.message, unknown.todo);
  const { python } = env;
  if (python !== undefined && typeof python !== 'string')
    wrong(`'python' is ${said(python)}; wanted an interpreter's path or name.`, "Write 'python3.12'.");
  return env;
}

function listOf(files: PythonOptions['files'], wrong: Wrong): readonly string[] {
  if (files === undefined || Array.isArray(files)) return files ?? [];
  wrong(`'files' is ${said(files)}; wanted a list of paths.`, "Write ['training/words.txt'].");
  return [];
}

function isWithin(path: unknown): path is string {
  return (
    typeof path === 'string' && path !== '' && !isAbsolute(path) && !normalize(path).split(sep).includes('..')
  );
}
