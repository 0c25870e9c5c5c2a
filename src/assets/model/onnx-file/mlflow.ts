import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fingerprint, MillraceError, nearest, said } from '../../../base/index.ts';
import { HOME, type Workspace } from '../../../graph/index.ts';
import { type LoggedModel, quoted } from '../../../store/tracking/index.ts';
import type { OutsideTrainer } from '../outside/outside.port.ts';
import { failOption } from '../train/check-options.ts';
import { checkOnnxOptions, type OnnxOptions } from './bind.ts';
import { bindingFor, FILE_TASKS, MOST_BYTES } from './import.ts';
import { knownHash } from './known-hash.ts';

/** Which model of a tracking experiment. */
export type MlflowOptions = OnnxOptions & {
  /** The experiment's name, as in `mlflow.set_experiment('fraud')`. */
  readonly experiment: string;
  /** Only models that were logged under this name. Default: whichever is newest. */
  readonly name?: string;
};

type Place = Pick<Workspace, 'folder' | 'tracking'>;

/** The newest model that somebody has logged to an experiment, as an ONNX file. */
export function createMlflow(options: MlflowOptions): OutsideTrainer {
  const { experiment, name } = options;
  const label = `the newest model of MLflow experiment ${experiment}`;
  const logged = (workspace: Place) => {
    const { path, model } = onnxOf(workspace, newest(workspace, experiment, name));
    return {
      bytes: readFileSync(path),
      called: `logged model ${model.id}`,
      note: `It was logged to MLflow experiment ${experiment} as ${model.name} (${model.id}).`,
      metrics: Object.fromEntries(
        model.metrics.filter(({ value }) => Number.isFinite(value)).map(({ key, value }) => [key, value]),
      ),
    };
  };
  return {
    tasks: FILE_TASKS,
    // What is logged is no part of the declaration: it may come later.
    async check() {
      checkOnnxOptions(options, ['experiment', 'name']);
      for (const [option, value] of Object.entries({ experiment, name: name ?? '' }))
        if (typeof value !== 'string') failOption(`'${option}' is ${said(value)}; wanted a text.`);
    },
    async look(workspace) {
      const { path, model } = onnxOf(workspace, newest(workspace, experiment, name));
      // Logged again it is another model, also where its bytes are the same.
      return { parts: { [label]: fingerprint([model.id, knownHash(path)]) }, bytes: statSync(path).size };
    },
    async bring({ workspace, question, then }) {
      const kept = then?.get(label);
      // The one of then may be gone from the experiment, or no longer be its newest.
      const { bytes, called, note, metrics } =
        kept === undefined
          ? logged(workspace)
          : { bytes: kept, called: 'the model of then', note: 'It was logged to MLflow.', metrics: {} };
      const binding = bindingFor(`model.onnx of ${called}`, bytes, question, options);
      const blob = await workspace.blobs.put(bytes);
      return {
        file: { format: 'onnx', blob, binding },
        stoodOn: { [label]: blob },
        summary: { rounds: 0, importance: {}, notes: [note] },
        ...{ metrics, files: {} },
      };
    },
  };
}

function wrong(message: string, todo: string): MillraceError {
  return new MillraceError({ code: 'MILL_MLFLOW_MODEL', message, todo, owner: 'project' });
}

const NEWEST_FIRST = [{ field: 'creation_timestamp', ascending: false }];

/** @throws MILL_MLFLOW_MODEL */
function newest(workspace: Place, experiment: string, name: string | undefined): LoggedModel {
  const { experiments, loggedModels } = workspace.tracking();
  const [found] = experiments.search({ filter: `name = ${quoted(experiment)}`, most: 1 }).items;
  if (found === undefined) {
    const near = nearest(
      experiment,
      experiments.search().items.map((one) => one.name),
    );
    throw wrong(
      `There is no MLflow experiment '${experiment}'.`,
      near === undefined
        ? `Log a model to it: mlflow.set_experiment('${experiment}') and mlflow.onnx.log_model(…).`
        : `Is '${near}' meant?`,
    );
  }
  const within = { experiments: [found.id], orderBy: NEWEST_FIRST };
  const filter = `status = 'READY'${name === undefined ? '' : ` and name = ${quoted(name)}`}`;
  const [ready] = loggedModels.search({ ...within, filter, most: 1 }).items;
  if (ready !== undefined) return ready;
  const models = loggedModels.search(within).items;
  const names = [...new Set(models.map((one) => one.name))].slice(0, 5).join(', ');
  throw wrong(
    `MLflow experiment '${experiment}' has no model that is ready${name === undefined ? '' : ` and named '${name}'`}${models.length === 0 ? '' : `; there are ${names}`}.`,
    'Log one: mlflow.onnx.log_model(onnx_model, name="fraud", save_as_external_data=False), with MLflow 3.',
  );
}

/** The scheme of addresses below our own artifacts. */
const OWN = /^mlflow-artifacts:\/(?!\/)(.*)$/;

/** The ONNX file of a logged model, by what its MLmodel says. @throws MILL_MLFLOW_MODEL */
function onnxOf({ folder }: Place, model: LoggedModel): { path: string; model: LoggedModel } {
  const said = `Logged model ${model.id}${model.name === '' ? '' : ` (${model.name})`}`;
  const below = OWN.exec(model.location)?.[1];
  if (below === undefined)
    throw wrong(
      `${said} has its files elsewhere: ${model.location}.`,
      'Let the experiment keep them with the project: create it without an artifact location.',
    );
  const home = join(folder, HOME, 'artifacts', ...namesOf(below, said));
  const description = join(home, 'MLmodel');
  if (!existsSync(description)) throw wrong(`${said} has no MLmodel file.`, 'Log it again.');
  let flavors: Record<string, { data?: unknown }> = {};
  try {
    flavors =
      (parse(readFileSync(description, 'utf8'), { maxAliasCount: 0 }) as { flavors?: typeof flavors })
        .flavors ?? {};
  } catch {
    throw wrong(`The MLmodel file of ${said.toLowerCase()} cannot be read.`, 'Log it again.');
  }
  const data = flavors['onnx']?.data;
  if (typeof data !== 'string')
    throw wrong(
      `${said} is no ONNX; it is ${Object.keys(flavors).join(', ') || 'of no flavor'}.`,
      'Log it as ONNX too: mlflow.onnx.log_model(to_onnx(model, X[:1], options={"zipmap": False}), name="fraud", save_as_external_data=False), with skl2onnx for scikit-learn.',
    );
  const path = join(home, ...namesOf(data, said));
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > MOST_BYTES)
    throw wrong(
      `${said} says that its ONNX is ${data}, which is ${stat === undefined ? 'not there' : 'no file of less than 2 GiB'}.`,
      'Log it again.',
    );
  return { path, model };
}

/** The names on a way that stays below where it begins. */
function namesOf(path: string, said: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.some((name) => name === '.' || name === '..' || /[\\\0]/.test(name)) || path.startsWith('/'))
    throw wrong(`${said} names a file outside of its folder: '${path}'.`, 'Log it again.');
  return names;
}
