import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { root } from './tree.ts';

const rules: IConfiguration = (await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href))
  .default;
const CYCLE = 'no runtime cycle';
const FOLDERS = ['src', 'examples', 'bench', 'test'];

/** Every breach of .dependency-cruiser.mjs in the tree at `base`, as `rule: from -> to`. */
export async function breaches(base: string): Promise<string[]> {
  const layers = await cruised(base, (name) => name !== CYCLE);
  const bare = withoutTypes(base);
  try {
    return [...layers, ...(await cruised(bare, (name) => name === CYCLE))];
  } finally {
    rmSync(bare, { recursive: true, force: true });
  }
}

async function cruised(base: string, chosen: (rule: string) => boolean): Promise<string[]> {
  const { options, forbidden } = rules;
  const { enhancedResolveOptions, ...cruiseOptions } = options ?? {};
  const ruleSet = { forbidden: (forbidden ?? []).filter((rule) => chosen(rule.name ?? '')) };
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

/** A copy of the tree as Node runs it: imports of types are gone, the others stand. */
function withoutTypes(base: string): string {
  const bare = mkdtempSync(join(tmpdir(), 'millrace-bare-'));
  cpSync(join(base, 'package.json'), join(bare, 'package.json'));
  for (const folder of FOLDERS) {
    if (!existsSync(join(base, folder))) continue;
    cpSync(join(base, folder), join(bare, folder), {
      recursive: true,
      filter: (file) => !/\.[^/\\]+$/.test(file) || file.endsWith('.ts'),
    });
    for (const file of readdirSync(join(bare, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const path = join(bare, folder, file);
      writeFileSync(path, stripTypeScriptTypes(readFileSync(path, 'utf8')));
    }
  }
  return bare;
}
