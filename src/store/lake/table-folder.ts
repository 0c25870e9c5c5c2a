import { isAbsolute, relative, sep } from 'node:path';
import { sha256 } from '../../base/index.ts';

/**
 * A table's folder below `main/`. A plain name is its own folder; any other keeps its plain letters for the eye and gets
 * a hash, so that no two tables share a folder and none leaves the data path.
 */
export function tableFolder(table: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]{0,79}$/.test(table)) return table;
  const plain = table.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 40);
  return `${plain.replace(/^[-_]+/, '') || 'table'}.${sha256(table).slice(0, 12)}`;
}

/** A file's path as the catalog keeps it: relative to its table's folder when it lies there. */
export function storedPath(folder: string, file: string): { path: string; relative: boolean } {
  const inside = relative(folder, file);
  if (inside === '' || inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside))
    return { path: file, relative: false };
  return { path: inside.split(sep).join('/'), relative: true };
}
