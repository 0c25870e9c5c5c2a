import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { breaches } from './cruise.ts';
import { root } from './tree.ts';

test('every import runs downhill, through doors, without cycles', async () => {
  assert.deepEqual(await breaches(root), []);
});

/** What each rule must catch: a tree in which exactly one import is wrong, and what is said of it. */
const wrong: Record<string, { files: Record<string, string>; said: string[] }> = {
  'a lower layer imports a higher one': {
    files: {
      'src/base/a.ts': "import { b } from '../graph/index.ts';\nexport const a = b;",
      'src/graph/index.ts': 'export const b = 1;',
    },
    said: ['downhill: base: src/base/a.ts -> src/graph/index.ts'],
  },
  'a type is an import too': {
    files: {
      'src/store/a.ts': "import type { B } from '../engine/index.ts';\nexport const a: B = 1;",
      'src/engine/index.ts': 'export type B = number;',
    },
    said: ['downhill: store: src/store/a.ts -> src/engine/index.ts'],
  },
  'server and client do not know each other': {
    files: {
      'src/client/a.ts': "export { b } from '../server/index.ts';",
      'src/server/index.ts': 'export const b = 1;',
    },
    said: ['downhill: client: src/client/a.ts -> src/server/index.ts'],
  },
  'a feature imports a model': {
    files: {
      'src/assets/feature/a.ts': "export const a = await import('../model/index.ts');",
      'src/assets/model/index.ts': 'export const b = 1;',
    },
    said: ['downhill: feature: src/assets/feature/a.ts -> src/assets/model/index.ts'],
  },
  'a model imports a corpus: another chain': {
    files: {
      'src/assets/model/a.ts': "export { b } from '../corpus/index.ts';",
      'src/assets/corpus/index.ts': 'export const b = 1;',
    },
    said: ['downhill: model: src/assets/model/a.ts -> src/assets/corpus/index.ts'],
  },
  'a room nobody named': {
    files: {
      'src/cli/a.ts': "export { b } from '../stuff/index.ts';",
      'src/stuff/index.ts': 'export const b = 1;',
    },
    said: [
      'downhill: cli: src/cli/a.ts -> src/stuff/index.ts',
      'known room: src/cli/a.ts -> src/stuff/index.ts',
    ],
  },
  'a room entered through the window': {
    files: {
      'src/engine/a.ts': "export { b } from '../store/lake/b.ts';",
      'src/store/lake/b.ts': 'export const b = 1;',
    },
    said: ['by the door: src/engine/a.ts -> src/store/lake/b.ts'],
  },
  "another layer's hall": {
    files: {
      'src/engine/a.ts': "export { b } from '../store/b.ts';",
      'src/store/b.ts': 'export const b = 1;',
    },
    said: ['by the door: src/engine/a.ts -> src/store/b.ts'],
  },
  'the front door from inside': {
    files: { 'src/cli/a.ts': "export { b } from '../index.ts';", 'src/index.ts': 'export const b = 1;' },
    said: ['front door: src/cli/a.ts -> src/index.ts'],
  },
  'an example that reaches into src': {
    files: {
      'examples/fraud/a.ts': "import 'millrace';\nexport { b } from '../../src/base/index.ts';",
      'src/base/index.ts': 'export const b = 1;',
      'src/index.ts': 'export const b = 1;',
    },
    said: ['as a user: examples/fraud/a.ts -> src/base/index.ts'],
  },
  'an oracle outside tests': {
    files: {
      'src/base/a.ts': "export { b } from './b.oracle.ts';",
      'src/base/a.test.ts': "export { b } from './b.oracle.ts';",
      'src/base/b.oracle.ts': 'export const b = 1;',
    },
    said: ['oracle in tests: src/base/a.ts -> src/base/b.oracle.ts'],
  },
  'src that needs a test': {
    files: {
      'src/base/a.ts': "export { b } from './b.test.ts';",
      'src/base/b.test.ts': 'export const b = 1;',
    },
    said: ['shipped: src/base/a.ts -> src/base/b.test.ts'],
  },
  'an import that leads nowhere': {
    files: { 'src/base/a.ts': "import './gone.ts';" },
    said: ['found: src/base/a.ts -> ./gone.ts'],
  },
  'a cycle': {
    files: {
      'src/base/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
      'src/base/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
    },
    said: ['no cycle: src/base/a.ts -> src/base/b.ts -> src/base/a.ts'],
  },
  'a cycle of which one way is a type': {
    files: {
      'src/base/a.ts': "import type { B } from './b.ts';\nexport const a = (b: B) => b;",
      'src/base/b.ts': "import { a } from './a.ts';\nexport type B = number;\nexport const b: B = a(1);",
    },
    said: ['no cycle: src/base/a.ts -> src/base/b.ts -> src/base/a.ts'],
  },
  'a development dependency in what we ship': {
    files: {
      'package.json': '{ "name": "millrace", "type": "module", "devDependencies": { "tool": "1.0.0" } }',
      'node_modules/tool/package.json': '{ "name": "tool", "version": "1.0.0", "main": "index.js" }',
      'node_modules/tool/index.js': 'module.exports = 1;',
      'src/base/a.ts': "import tool from 'tool';\nexport const a = tool;",
      'src/base/a.test.ts': "import tool from 'tool';\nexport const a = tool;",
    },
    said: ['shipped dependency: src/base/a.ts -> node_modules/tool/index.js'],
  },
};

/** What the rules must let pass. */
const right: Record<string, Record<string, string>> = {
  'downhill, by the door, a test that looks up': {
    'src/base/index.ts': "export * from './a.ts';",
    'src/base/a.ts': 'export const a = 1;',
    'src/store/lake/a.ts': "export { a } from '../../base/index.ts';\nexport { d } from '../database.ts';",
    'src/store/database.ts': 'export const d = 1;',
    'src/store/lake/a.test.ts': "export { c } from '../../cli/c.ts';",
    'src/cli/c.ts': "import { readFileSync } from 'node:fs';\nexport const c = readFileSync;",
  },
};

describe('the rules of imports', () => {
  for (const [name, { files, said }] of Object.entries(wrong)) {
    test(`catch: ${name}`, async () => assert.deepEqual((await breachesOf(files)).sort(), said));
  }
  for (const [name, files] of Object.entries(right)) {
    test(`allow: ${name}`, async () => assert.deepEqual(await breachesOf(files), []));
  }
});

async function breachesOf(files: Record<string, string>): Promise<string[]> {
  const base = mkdtempSync(join(tmpdir(), 'millrace-house-'));
  const manifest = { name: 'millrace', type: 'module', exports: { '.': './src/index.ts' } };
  try {
    for (const [file, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
      mkdirSync(dirname(join(base, file)), { recursive: true });
      writeFileSync(join(base, file), `${text}\n`);
    }
    return await breaches(base);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
