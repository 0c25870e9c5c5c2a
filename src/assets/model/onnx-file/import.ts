import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { MillraceError, messageOf, type Problem } from '../../../base/index.ts';
import type { OutsideTrainer, Question } from '../outside/outside.port.ts';
import type { Task } from '../spec.ts';
import { bindOnnx, checkOnnxOptions, type OnnxBinding, type OnnxOptions } from './bind.ts';
import { knownHash } from './known-hash.ts';
import { signatureOf } from './signature.ts';

/** Parameters of an imported ONNX file. */
export type OnnxFileOptions = OnnxOptions & {
  /** The file; from the project's folder. */
  readonly path: string;
};

/** A file can tell anything. */
export const FILE_TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'ranking'];

/** A larger one cannot be read as one piece: protobuf ends at 2 GiB. */
export const MOST_BYTES = 2 ** 31 - 1;

/** A model that was trained elsewhere and exported to ONNX. */
export function createOnnxFile(options: OnnxFileOptions): OutsideTrainer {
  const { path } = options;
  return {
    tasks: FILE_TASKS,
    async check(question, folder) {
      checkOnnxOptions(options, ['path']);
      bindingFor(path, bytesAt(path, folder), question, options);
    },
    async look({ folder }) {
      const { absolute, bytes } = fileAt(path, folder);
      return { parts: { [path]: knownHash(absolute) }, bytes };
    },
    async bring({ question, workspace, then }) {
      const bytes = then?.get(path) ?? bytesAt(path, workspace.folder);
      const binding = bindingFor(path, bytes, question, options);
      const blob = await workspace.blobs.put(bytes);
      return {
        file: { format: 'onnx', blob, binding },
        stoodOn: { [path]: blob },
        summary: { rounds: 0, importance: {}, notes: [`It was imported from ${path}.`] },
        ...{ metrics: {}, files: {} },
      };
    },
  };
}

/** @throws MILL_ONNX_FILE */
function fileAt(path: string, folder: string): { absolute: string; bytes: number } {
  // Node takes types off without looking at them: a path may be anything.
  const absolute = resolve(folder, String(path));
  const stat = statSync(absolute, { throwIfNoEntry: false });
  if (!stat?.isFile())
    throw unusable(`There is no file '${path}'.`, "Correct `path`: it is taken from the project's folder.");
  if (stat.size > MOST_BYTES)
    throw unusable(`${path} has ${stat.size} bytes; an ONNX file has less than 2 GiB.`, NO_FILES_BESIDE);
  return { absolute, bytes: stat.size };
}

/** @throws MILL_ONNX_FILE */
function bytesAt(path: string, folder: string): Uint8Array {
  const { absolute } = fileAt(path, folder);
  try {
    return readFileSync(absolute);
  } catch (error) {
    throw unusable(`${path} cannot be read: ${messageOf(error)}.`, 'Make it readable.');
  }
}

const NO_FILES_BESIDE =
  'Save it with its numbers inside: `onnx.save(model, path)` without `save_as_external_data`, torch.onnx.export with `external_data=False`, mlflow.onnx.log_model with `save_as_external_data=False`.';

const unusable = (message: string, todo: string): MillraceError =>
  new MillraceError({ code: 'MILL_ONNX_FILE', message, todo, owner: 'project' });

/**
 * How a file is asked, where it fits what is asked of it. `path` is how it is called in messages.
 * @throws MILL_ONNX_FILE, MILL_ONNX_INPUTS, MILL_ONNX_OUTPUT, all that is wrong at once
 */
export function bindingFor(
  path: string,
  bytes: Uint8Array,
  { task, inputs, classes }: Question,
  options: OnnxOptions,
): OnnxBinding {
  const signature = signatureOf(bytes);
  if (signature === undefined)
    throw unusable(
      `${path} is not an ONNX file (${bytes.length} bytes).`,
      'Export the model: skl2onnx `to_onnx(…).SerializeToString()`, `torch.onnx.export(…)`.',
    );
  if (signature.external) throw unusable(`${path} keeps its numbers in files beside it.`, NO_FILES_BESIDE);
  const asked = { task, inputs, ...(classes === undefined ? {} : { classes: classes.length }) };
  const { binding, problems } = bindOnnx(path, signature, asked, options);
  if (problems.length > 0)
    throw new MillraceError(problems.map((told): Problem => ({ ...told, owner: 'project' })));
  return binding;
}
