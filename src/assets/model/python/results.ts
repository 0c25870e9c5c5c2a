import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, type JsonObject, MillraceError, type Problem } from '../../../base/index.ts';
import type { OnnxOptions } from '../onnx-file/bind.ts';

/** What a script has left in its output folder. */
export interface Results {
  readonly model:
    | { readonly kind: 'onnx'; readonly bytes: Uint8Array; readonly options: OnnxOptions }
    | { readonly kind: 'folder'; readonly files: ReadonlyMap<string, Uint8Array> };
  readonly metrics: Readonly<Record<string, number>>;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the model itself for the first validation rows, by row. */
  readonly answers: readonly (readonly number[])[] | undefined;
}

const MOST_FILES = 200;
const MOST_BYTES = 2 ** 31 - 1;
/** Of a JSON file that is read as a whole. */
const MOST_JSON = 2 ** 20;
const MOST_METRICS = 1_000;

/** Reads what a script gave. @throws MILL_PYTHON_OUTPUT */
export function readResults(script: string, output: string): Results {
  const wrong = (message: string, todo: string): never => {
    throw new MillraceError(outputFault(`${script} ${message}`, todo));
  };
  const files = filesBelow(output, wrong);
  const model = [...files.keys()].filter((path) => path.startsWith('model/'));
  const isOnnx = files.has('model.onnx');
  if (isOnnx && model.length > 0) wrong('left two models, model.onnx and a folder.', 'Save one of them.');
  if (!isOnnx && !files.has('model/predict.py')) {
    const left = [...files.keys()];
    wrong(
      `ended without a model: ${left.length === 0 ? 'nothing is' : `only ${left.slice(0, 5).join(', ')} ${left.length === 1 ? 'is' : 'are'}`} in its output folder.`,
      'Save one: `millrace_training.save_onnx(…)` writes model.onnx; `millrace_training.model_folder()` is for predict.py and its files.',
    );
  }
  const read = (path: string): Uint8Array => readFileSync(join(output, path));
  const json = (path: string): Json | undefined => {
    const size = files.get(path);
    if (size === undefined) return undefined;
    if (size > MOST_JSON)
      wrong(`wrote ${size.toLocaleString('en')} bytes of ${path}.`, 'Keep it below 1 MB.');
    try {
      return JSON.parse(readFileSync(join(output, path), 'utf8')) as Json;
    } catch {
      return wrong(
        `wrote a ${path} that is no JSON.`,
        'NaN and infinities are not: leave them out, or write null.',
      );
    }
  };
  const beside = [...files.keys()].filter((path) => path.startsWith('files/'));
  return {
    model: isOnnx
      ? { kind: 'onnx', bytes: read('model.onnx'), options: onnxOptions(json('model.json'), wrong) }
      : {
          kind: 'folder',
          files: new Map(
            model.map((path) => [path.slice('model/'.length), unpickled(path, read(path), wrong)]),
          ),
        },
    metrics: metricsOf(json('metrics.json'), wrong),
    files: new Map(beside.map((path) => [path.slice('files/'.length), read(path)])),
    answers: answersOf(json('answers.json'), wrong),
  };
}

type Wrong = (message: string, todo: string) => never;

export const outputFault = (message: string, todo: string): Problem => ({
  code: 'MILL_PYTHON_OUTPUT',
  message,
  todo,
  owner: 'project',
});

/** Sizes by path. Links lead out of the folder, and are no files of it. */
function filesBelow(output: string, wrong: Wrong): Map<string, number> {
  const found = new Map<string, number>();
  let bytes = 0;
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(output, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const stat = lstatSync(join(output, path), { throwIfNoEntry: false });
      if (name === '__pycache__') continue;
      // A name that is no UTF-8 is read as another, of which there is no file.
      if (stat === undefined)
        wrong(`left ${path}, which cannot be opened by that name.`, 'Name files in UTF-8.');
      else if (stat.isDirectory()) visit(path);
      else if (!stat.isFile())
        wrong(`left ${stat.isSymbolicLink() ? 'a link' : 'what is no file'}, ${path}.`, 'Write files.');
      else {
        bytes += stat.size;
        found.set(path, stat.size);
        if (found.size > MOST_FILES || bytes > MOST_BYTES)
          wrong('left more than 200 files or 2 GiB.', 'Save less, or one archive.');
      }
    }
  };
  visit('');
  return found;
}

/** A pickle runs whatever code it says when it is read, and only with the very versions it was written by. */
function unpickled(path: string, bytes: Uint8Array, wrong: Wrong): Uint8Array {
  const named = /\.(pkl|pickle|joblib|dill|cloudpickle)$/i.test(path);
  const begins = bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 9) <= 5;
  const ends = bytes.at(-1) === 0x2e;
  // What torch.save writes: an archive with a pickle in it.
  const archived =
    bytes[0] === 0x50 &&
    bytes[1] === 0x4b &&
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('data.pkl');
  if (named || (begins && ends) || archived)
    wrong(
      `saved a pickle, ${path}, which runs whatever it says when it is read.`,
      'Save numbers as JSON, .npy, .npz or safetensors, or the model as ONNX.',
    );
  return bytes;
}

/** What is said of model.onnx beside it. */
function onnxOptions(json: Json | undefined, wrong: Wrong): OnnxOptions {
  if (json === undefined) return {};
  const { inputs, output } = isObject(json) ? json : { inputs: json, output: undefined };
  const named = isObject(inputs) ? Object.values(inputs) : Array.isArray(inputs) ? inputs : undefined;
  const fits =
    isObject(json) &&
    (inputs === undefined || named?.every((name) => typeof name === 'string')) &&
    (output === undefined || typeof output === 'string');
  if (!fits)
    return wrong(
      'wrote a model.json that does not say which inputs and output to take.',
      'Write { "inputs": { "feature": "input", … } or ["feature", …], "output": "name" }, each of them where it is needed.',
    );
  return json as OnnxOptions;
}

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

function metricsOf(json: Json | undefined, wrong: Wrong): Record<string, number> {
  if (json === undefined) return {};
  const entries = isObject(json) ? Object.entries(json) : undefined;
  if (entries === undefined || entries.some(([, value]) => value !== null && typeof value !== 'number'))
    return wrong('wrote a metrics.json that is no object of numbers.', 'Write { "name": number, … }.');
  if (entries.length > MOST_METRICS)
    return wrong(`wrote ${entries.length} metrics.`, `Write ${MOST_METRICS} at most.`);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** By row its numbers. */
function answersOf(json: Json | undefined, wrong: Wrong): number[][] | undefined {
  if (json === undefined) return undefined;
  const rows = Array.isArray(json) ? json.map((row) => (Array.isArray(row) ? row : [row])) : [];
  if (rows.length === 0 || rows.some((row) => row.some((value) => typeof value !== 'number')))
    return wrong(
      'wrote an answers.json that is no list of numbers.',
      'Write what the model predicts for the validation rows: numbers, or a list of them for each row.',
    );
  return rows as number[][];
}
