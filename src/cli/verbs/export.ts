import {
  EXPORT_FORMATS,
  type ExportFormat,
  exportTrainingSet,
  modelVersionOf,
  trainingSetVersionOf,
} from '../../assets/index.ts';
import { counted, MillraceError } from '../../base/index.ts';
import { type Graph, loggedOf, type Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { count } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace export training-set <name> --to <folder>`: a version of a training set as files that Python reads. */
export async function exportVerb(
  { projectFile, terminal }: VerbContext,
  _what: 'training-set',
  name: string,
  { to, format = EXPORT_FORMATS }: { to: string; format?: readonly ExportFormat[] },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const version = trainingSetOf(graph, workspace, name);
    const files = await exportTrainingSet(workspace, version, to, format);
    const { parts, manifest } = trainingSetVersionOf(version);
    const { train, validation, test } = parts;
    terminal.line(
      `${version.id}: ${counted(manifest.rows, 'row')} (${count(train.rows)} train, ${count(validation.rows)} validation, ${count(test.rows)} test) to ${to}`,
    );
    for (const file of files) terminal.line(`  ${file}`);
    terminal.result({
      ok: true,
      version: version.id,
      rows: manifest.rows,
      digest: manifest.digest,
      to,
      files,
    });
    return DONE;
  } finally {
    await workspace.close();
  }
}

/**
 * The version of a training set that is meant: the live one of an asset, or one by its own name (`fraud_rows@2`). A model stands for
 * what it was trained on. @throws MILL_ASSET_UNKNOWN, MILL_EXPORT_MISSING
 */
function trainingSetOf(graph: Graph, { state }: Workspace, name: string): Version {
  const at = name.lastIndexOf('@');
  if (at < 0) namedAssets(graph, [name]);
  const named = at < 0 ? state.live(name) : state.version(name);
  const found =
    named?.kind === 'model' && loggedOf(named) === undefined
      ? state.version(modelVersionOf(named).trainingSet)
      : named;
  if (found?.kind === 'training-set') return found;
  throw new MillraceError({
    code: 'MILL_EXPORT_MISSING',
    message:
      found === undefined
        ? at < 0
          ? `${name} is not live.`
          : `There is no version ${name}.`
        : `${found.id}, of kind ${found.kind}, has no rows to train on.`,
    todo: 'Name a training set, or a model, that `millrace show` lists with a version.',
    owner: 'project',
  });
}
