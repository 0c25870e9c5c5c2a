import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { kinds } from '../assets/index.ts';
import { MillraceError, messageOf, type Place, type Problem } from '../base/index.ts';
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
  mustBeThere(path);
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    if (error instanceof MillraceError) throw placed(error, path);
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

/** @throws MILL_PROJECT_MISSING where there is no such file */
export function mustBeThere(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  throw problem(
    'MILL_PROJECT_MISSING',
    `There is no project file at ${path}.`,
    'Go to the folder of a project.ts, name it with --project FILE, or make one: `millrace init`.',
  );
}

/**
 * Imports, opens and checks a project by what it declares. What was built from files that it names stands on its own: one that is gone must not keep
 * anybody from asking for it, or from going back to it. @throws all problems of it at once.
 */
export async function openProject(file: string): Promise<OpenProject> {
  const { project, folder } = await importProject(file);
  return opened(project, folder);
}

/** `openProject` for who builds: files that it names are looked at too. @throws all problems of it at once. */
export async function openToBuild(file: string): Promise<OpenProject> {
  const { project, folder } = await importProject(file);
  return opened(project, folder, folder);
}

async function opened(project: Project, folder: string, filesIn?: string): Promise<OpenProject> {
  const workspace = await openWorkspace(folder);
  try {
    const graph = await checked(project, kinds, workspace.engine, workspace.state, filesIn);
    return { project, graph, workspace };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/** Where in the project's folder something was thrown: a syntax error is told above the stack, anything else in it. */
function thrownAt(path: string, { stack = '' }: Error): Place | undefined {
  const folder = pathToFileURL(`${dirname(path)}/`).href;
  const sites = [...stack.matchAll(/(file:\/\/[^\s)]+?):(\d+)(?::(\d+))?(?=[\s)]|$)/g)];
  const site = sites.find(([, url]) => url?.startsWith(folder) && !url.includes('/node_modules/'));
  if (site === undefined) return undefined;
  return { file: fileURLToPath(site[1] as string), line: Number(site[2]), column: Number(site[3] ?? 1) };
}

/** What a declaration refused at once, a window of `0d` say, with the line on which it stands. */
function placed(error: MillraceError, path: string): MillraceError {
  const place = thrownAt(path, error);
  if (place === undefined) return error;
  return new MillraceError(
    error.problems.map((one) => ({ place, ...one })),
    { cause: error },
  );
}

function importFailed(file: string, path: string, error: unknown): MillraceError {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const place = error instanceof Error ? thrownAt(path, error) : undefined;
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
