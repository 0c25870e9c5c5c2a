import { readFileSync } from 'node:fs';

/** The version of Millrace, of package.json, two folders up in a checkout and in the package. */
export function packageVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
