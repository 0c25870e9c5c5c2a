import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kinds } from '../assets/index.ts';
import { MillraceError, messageOf, type Problem } from '../base/index.ts';
import { checked, type Graph, openWorkspace, type Project, type Workspace } from '../graph/index.ts';

/** A project opened from its file. */
export interface OpenProject {
  readonly project: Project;
  readonly graph: Graph;
  readonly workspace: Workspace;
}

/** The file a project is declared in unless `--project` says otherwise. */
export const PROJECT_FILE = 'project.ts';

/**
 * Imports a project's file.
 * @throws MILL_PROJECT_MISSING, MILL_PROJECT_IMPORT, MILL_PROJECT_EXPORT
 */
export async function importProject(file: string): Promise<{ project: Project; folder: string }> {
  const path = resolve(file);
  if (!existsSync(path))
    throw problem(
      'MILL_PROJECT_MISSING',
      `There is no project file at ${path}.`,
      'Go to the folder of a project.ts, or name it with --project FILE.',
    );
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw problem(
      'MILL_PROJECT_IMPORT',
      `${file} cannot be imported: ${messageOf(error)}.`,
      'Mend it; `tsc` says more.',
      error,
    );
  }
  const { default: project } = loaded;
  if (project === null || typeof project !== 'object' || !('assets' in project) || !('name' in project))
    throw problem(
      'MILL_PROJECT_EXPORT',
      `${file} does not export a project.`,
      "End it with `export default project('name', { … })`.",
    );
  return { project: project as Project, folder: dirname(path) };
}

/** Imports, opens and checks a project. @throws all problems of it at once. */
export async function openProject(file: string): Promise<OpenProject> {
  const { project, folder } = await importProject(file);
  const workspace = await openWorkspace(folder);
  try {
    const graph = await checked(project, kinds, workspace.engine);
    return { project, graph, workspace };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/** A problem with its file as seen from where the user stands. */
export function fromHere<P extends Problem>(found: P): P {
  if (!found.place) return found;
  return {
    ...found,
    place: { ...found.place, file: relative(process.cwd(), found.place.file) || found.place.file },
  };
}

function problem(code: Problem['code'], message: string, todo: string, cause?: unknown): MillraceError {
  return new MillraceError({ code, message, todo, owner: 'project' }, { cause });
}
