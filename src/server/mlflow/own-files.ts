import { Readable } from 'node:stream';
import { modelReportOf, modelVersionOf, renderReport, SHOWN_FOLDER } from '../../assets/index.ts';
import { loggedOf, type Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { ArtifactFiles, FileEntry } from './artifact-files.ts';
import { WireError } from './wire-error.ts';

/**
 * Artifacts with the files of the project's own model versions among them, to be read only: the model as ONNX with the description by
 * which MLflow loads it, and the report. So `mlflow.onnx.load_model('models:/fraud@live')` loads what Millrace serves.
 */
export function withOwnFiles(files: ArtifactFiles, workspace: Workspace): ArtifactFiles {
  const { state, blobs } = workspace;
  const isOwn = (names: readonly string[]): boolean => names[0] === SHOWN_FOLDER;
  const readOnly = () =>
    new WireError('INVALID_PARAMETER_VALUE', 'The files of a version of the project cannot be changed.');
  const versionOf = (names: readonly string[]): Version | undefined => {
    const [, name = '', number = ''] = names;
    const version = state.version(`${name}@${number}`);
    return version?.kind === 'model' && loggedOf(version) === undefined ? version : undefined;
  };
  const contentOf = async (version: Version, name: string): Promise<Uint8Array | undefined> => {
    const { file } = modelVersionOf(version);
    if (name === 'model.onnx' && file.format === 'onnx') return blobs.get(file.blob);
    if (name === 'report.html')
      return Buffer.from(renderReport(await modelReportOf(workspace, version), version));
    return name === 'MLmodel' ? Buffer.from(descriptionOf(version)) : undefined;
  };
  return {
    put: async (names, body) => {
      if (isOwn(names)) throw readOnly();
      return files.put(names, body);
    },
    delete: async (names) => {
      if (isOwn(names)) throw readOnly();
      return files.delete(names);
    },
    async get(names) {
      if (!isOwn(names)) return files.get(names);
      const version = names.length === 4 ? versionOf(names) : undefined;
      const content = version && (await contentOf(version, names[3] as string));
      if (content === undefined)
        throw new WireError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${names.join('/')}'`);
      return { bytes: content.length, stream: Readable.from([content]) };
    },
    async list(names) {
      if (!isOwn(names)) return files.list(names);
      const version = names.length === 3 ? versionOf(names) : undefined;
      if (version === undefined) return [];
      const found: FileEntry[] = [];
      for (const name of ['MLmodel', 'model.onnx', 'report.html']) {
        const content = await contentOf(version, name);
        if (content !== undefined) found.push({ name, isFolder: false, bytes: content.length });
      }
      return found;
    },
  };
}

/** The file by which MLflow knows how a model is loaded. */
function descriptionOf({ asset, number, createdAt }: Version): string {
  const at = new Date(Math.floor(createdAt / 1000)).toISOString().replace('T', ' ').replace('Z', '');
  return `artifact_path: model
flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_version: '1.16'
    providers:
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
    python_version: '3.11'
model_uri: models:/${asset}/${number}
utc_time_created: '${at}'
`;
}
