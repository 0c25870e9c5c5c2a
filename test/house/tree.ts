import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout's root folder. */
export const root = join(import.meta.dirname, '..', '..');

/** Files below the folders, relative to the root, forward slashes, sorted; a missing folder has none. */
export function filesUnder(folders: readonly string[], ending: string): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        `${folder}/${file}`.replaceAll('\\', '/'),
      ),
    )
    .filter((file) => file.endsWith(ending) && !/(^|\/)(node_modules|data|\.[^/]*)\//.test(file))
    .sort();
}

/** A file's text, or undefined when it does not exist. */
export function textOf(file: string): string | undefined {
  return existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined;
}

/** The project's own documents. */
export function documents(): string[] {
  const top = ['README.md', 'ARCHITECTURE.md', 'GLOSSARY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
  return [...top.filter((file) => textOf(file) !== undefined), ...filesUnder(['docs', 'examples'], '.md')];
}
