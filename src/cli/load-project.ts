import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { kinds } from '../assets/index.ts';
import { MillraceError, messageOf, type Problem } from '../base/index.ts';
import { checked, type Graph, openWorkspace, type Project, type Workspace } from '../graph/index.ts';

/** A project opened from its file. */
export interface OpenProject {
  readonly project: Project;
  readonly graph: Graph;
  readonly workspace: Workspace;
}

/**
 * Imports a project's file.
 * @throws MILL_PROJECT_MISSING, MILL_PROJECT_IMPORT, MILL_PROJECT_EXPORT
 */
export async function importProject(file: string): Promise<{ project: Project; folder: string }> {
  const path = resolve(file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
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
    throw importFailed(file, path, error);
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
    const graph = await checked(project, kinds, workspace.engine, workspace.state);
    return { project, graph, workspace };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/** Where in the project's folder an import failed: a syntax error is told above the stack, anything else in it. */
function importFailed(file: string, path: string, error: unknown): MillraceError {
  const { stack = '', code } = error as NodeJS.ErrnoException;
  const folder = pathToFileURL(`${dirname(path)}/`).href;
  const sites = [...stack.matchAll(/(file:\/\/[^\s)]+?):(\d+)(?::(\d+))?(?=[\s)]|$)/g)];
  const site = sites.find(([, url]) => url?.startsWith(folder) && !url.includes('/node_modules/'));
  const place = site && {
    file: fileURLToPath(site[1] as string),
    line: Number(site[2]),
    column: Number(site[3] ?? 1),
  };
  const found: Problem = {
    code: 'MILL_PROJECT_IMPORT',
    message: `${file} cannot be imported: ${messageOf(error).replace(/\.$/, '')}.`,
    todo:
      code === 'ERR_MODULE_NOT_FOUND'
        ? 'Correct the import, or install the package.'
        : code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
          ? 'Node runs TypeScript as it stands, without its types: write it without enums, namespaces and parameter properties.'
          : 'Mend it; `npx tsc --noEmit` says more.',
    owner: 'project',
    ...(place ? { place } : {}),
  };
  return new MillraceError(found, { cause: error });
}

function problem(code: Problem['code'], message: string, todo: string, cause?: unknown): MillraceError {
  return new MillraceError({ code, message, todo, owner: 'project' }, { cause });
}
