import { hasControls, unquoted } from './names.ts';
import { invalid } from './wire-error.ts';

/** Longest path and longest name in it, in bytes: what file systems take. */
const LONGEST_PATH = 4_096;
const LONGEST_NAME = 255;

/**
 * The names on the way to an artifact, from a path that a client gave. It stays below the root whatever is done to it: no `..`, no
 * absolute path, no separator of another system, also when it is unquoted again. (MLflow: CVE-2023-1177, CVE-2023-6909, CVE-2024-1483,
 * CVE-2024-3848.)
 * @param path unquoted once, as HTTP has it; empty for the root
 */
export function artifactPath(path: string): string[] {
  const wrong = () => invalid('Invalid path');
  if (Buffer.byteLength(path) > LONGEST_PATH) throw wrong();
  // A fully unquoted path tells what it could become; the file is named as it was said.
  for (const form of new Set([path, unquoted(path)])) {
    if (/[\\#]/.test(form) || hasControls(form) || form.startsWith('/') || /^[a-zA-Z]:/.test(form))
      throw wrong();
    if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\//.test(form)) throw wrong();
    if (form.split('/').some((name) => name === '..' || name === '.')) throw wrong();
  }
  const names = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (names.length === 1 && names[0] === '') return [];
  if (names.some((name) => name === '' || Buffer.byteLength(name) > LONGEST_NAME)) throw wrong();
  return names;
}

/** The scheme of addresses below our own artifacts. */
const OWN = /^mlflow-artifacts:\/(?!\/)(.*)$/;

/** The names on the way to a run's or model's own folder; undefined when its files lie elsewhere, where nothing is read from here. */
export function ownNames(location: string): string[] | undefined {
  const path = OWN.exec(location)?.[1];
  return path === undefined ? undefined : artifactPath(path);
}
