import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HOME, loggedOf, type Workspace } from '../../graph/index.ts';

/** The folder among MLflow's artifacts in which the files of built versions are shown. */
export const SHOWN_FOLDER = 'models-of-project';

/** Where MLflow's clients find the files of a built version. */
export const shownAt = (model: string, number: number): string =>
  `mlflow-artifacts:/${SHOWN_FOLDER}/${model}/${number}`;

/** The version whose files are shown there. */
function shownVersion(location: string): string | undefined {
  const [, model, number] =
    new RegExp(`^mlflow-artifacts:/${SHOWN_FOLDER}/([^/]+)/(\\d+)$`).exec(location) ?? [];
  return model === undefined ? undefined : `${model}@${number}`;
}

/** Versions whose files others have that were copied from them: registered versions, and candidates of this model. */
export async function versionsCopied(
  model: string,
  { folder, state, tracking }: Workspace,
): Promise<Set<string>> {
  // To be asked makes no file.
  const isTracked = existsSync(join(folder, HOME, 'tracking.db'));
  const registered = isTracked ? tracking().registry.versions() : [];
  const candidates = state.versions(model).flatMap((version) => loggedOf(version) ?? []);
  const locations = [...registered, ...candidates].flatMap(({ location }) => location ?? []);
  return new Set(locations.flatMap((location) => shownVersion(location) ?? []));
}
