import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { root } from './tree.ts';

const rules: IConfiguration = (await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href))
  .default;
const FOLDERS = ['src', 'examples', 'bench', 'test'];

/** Every breach of .dependency-cruiser.mjs in the tree at `base`, as `rule: from -> to`. */
export async function breaches(base: string): Promise<string[]> {
  const { options, forbidden } = rules;
  const { enhancedResolveOptions, ...cruiseOptions } = options ?? {};
  const ruleSet = { forbidden: forbidden ?? [] };
  const folders = FOLDERS.filter((folder) => existsSync(join(base, folder)));
  const { output } = await cruise(folders, {
    ...cruiseOptions,
    enhancedResolveOptions,
    baseDir: base,
    validate: true,
    ruleSet,
  } as never);
  const { violations } = (output as ICruiseResult).summary;
  return violations.map(({ rule, from, to, cycle }) => {
    const path = cycle ? [from, ...cycle.map(({ name }) => name)] : [from, to];
    return `${rule.name}: ${path.join(' -> ')}`;
  });
}
