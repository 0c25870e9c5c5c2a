import { MillraceError, sha256 } from '../../../base/index.ts';
import type { ModelFile } from '../detail.ts';
import { bindingFor, FILE_TASKS } from '../onnx-file/import.ts';
import type { Brought, Outside, OutsideTrainer, Room } from '../outside/outside.port.ts';
import { layOut, ours } from './contract.ts';
import { packagesOf, pythonOf } from './environment.ts';
import { faultAt, scriptFailure } from './failure.ts';
import { lineFeed } from './lines.ts';
import { type PythonOptions, type PythonSettings, pythonSettings } from './options.ts';
import { runProgram } from './process.ts';
import { outputFault, type Results, readResults } from './results.ts';
import { readStandsOn, type StandsOn } from './stands-on.ts';

/** A model that a Python script trains. */
export function createPython(options: PythonOptions): OutsideTrainer {
  return {
    tasks: FILE_TASKS,
    async check(_question, folder) {
      readStandsOn(folder, pythonSettings(options));
    },
    async look({ folder }) {
      const files = readStandsOn(folder, pythonSettings(options));
      return outsideFrom(files);
    },
    bring: (room) => bring(room, pythonSettings(options)),
  };
}

const outsideFrom = (files: StandsOn): Outside => ({
  parts: Object.fromEntries([...files].map(([path, bytes]) => [path, sha256(bytes)])),
  bytes: 0,
});

/**
 * Runs the script on what it stands on, and takes what it gives.
 * @throws MILL_PYTHON_FILES, MILL_PYTHON_ENVIRONMENT, MILL_PYTHON_FAILED, MILL_PYTHON_TIME, MILL_PYTHON_MEMORY, MILL_PYTHON_OUTPUT, MILL_ONNX_INPUTS, MILL_ONNX_OUTPUT
 */
async function bring(room: Room, settings: PythonSettings): Promise<Brought> {
  const { workspace, signal, say, progress } = room;
  const { script, time, memory, env } = settings;
  const files = room.then ?? readStandsOn(workspace.folder, settings);
  const requirements =
    env.requirements === undefined ? undefined : new TextDecoder().decode(files.get(env.requirements));
  progress(0.05, 'preparing Python');
  const python = await pythonOf(
    { requirements, python: env.python },
    { folder: workspace.folder, signal, say },
  );
  const laid = await layOut(room, settings, files);
  progress(0.1, `${script}: running`);
  const told = (line: string): void => {
    // Its copies are called by where the originals are.
    const text = [`${laid.code}/`, room.desk, `${workspace.folder}/`].reduce(
      (left, path) => left.replaceAll(path, ''),
      line,
    );
    say(text);
    if (text.trim() !== '') progress(0.1, text);
  };
  const feed = lineFeed(told);
  const streams = { out: feed.stream(), err: feed.stream() };
  const ended = await runProgram({
    command: python,
    args: [ours('launch.py'), String(memory), laid.error, laid.script, laid.input, laid.output],
    ...{ cwd: laid.work, env: laid.env, time, signal },
    onOutput: (stream, bytes) => streams[stream].write(bytes),
  });
  for (const stream of Object.values(streams)) stream.end();
  feed.end();
  if (ended.how !== 'exit' || ended.code !== 0)
    throw scriptFailure(settings, ended, faultAt(laid.error), feed.last(), laid.code);
  progress(0.85, 'taking the model');
  const results = readResults(script, laid.output);
  return {
    file: await fileOf(room, settings, results, requirements),
    stoodOn: await stored(room, files),
    summary: { rounds: 0, importance: {}, notes: [`It was trained by ${script}.`] },
    metrics: results.metrics,
    files: await stored(room, results.files),
    packages: await packagesOf(python),
    ...(results.answers === undefined ? {} : { answers: answersOf(room, script, results.answers) }),
  };
}

async function fileOf(
  { question, workspace }: Room,
  { script, env, memory }: PythonSettings,
  { model }: Results,
  requirements: string | undefined,
): Promise<ModelFile> {
  const { blobs } = workspace;
  if (model.kind === 'onnx') {
    const binding = bindingFor(`model.onnx of ${script}`, model.bytes, question, model.options);
    return { format: 'onnx', blob: await blobs.put(model.bytes), binding };
  }
  const files: Record<string, string> = {};
  for (const [path, bytes] of model.files) files[path] = await blobs.put(bytes);
  return {
    ...{ format: 'python', files, memory },
    ...(env.python === undefined ? {} : { python: env.python }),
    ...(requirements === undefined
      ? {}
      : { requirements: await blobs.put(new TextEncoder().encode(requirements)) }),
  };
}

async function stored(
  { workspace }: Room,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const [name, bytes] of files) names[name] = await workspace.blobs.put(bytes);
  return names;
}

/** As scorers give them. @throws MILL_PYTHON_OUTPUT */
function answersOf(
  { question, rows }: Room,
  script: string,
  answers: NonNullable<Results['answers']>,
): Float64Array {
  const { task, classes } = question;
  const width = classes?.length ?? 1;
  const fits = (row: readonly number[]): boolean =>
    row.length === width || (task === 'binary' && row.length === 2);
  if (answers.length > rows.validation || !answers.every(fits))
    throw new MillraceError(
      outputFault(
        `${script} gave answers for ${answers.length} rows of ${answers[0]?.length ?? 0} numbers each; the validation part has ${rows.validation}, of ${task === 'binary' ? '1 or 2' : width}.`,
        'Give what the model predicts for the validation rows, in their order.',
      ),
    );
  return Float64Array.from(answers.flatMap((row) => (task === 'binary' ? row.slice(-1) : row)));
}
