// Which file may import which. Read it as the drawing in ARCHITECTURE.md; test/house/imports.test.ts
// holds src/ to it and proves that each rule catches what it forbids.

// Each chain runs from the lowest room to the highest; a room sees itself and the rooms before it.
const ROOMS = [
  ['base', 'store', 'engine', 'graph', 'assets', 'server', 'cli'],
  ['base', 'store', 'engine', 'graph', 'assets', 'client', 'cli'],
];
const ASSETS = [
  ['contract', 'source', 'table', 'feature', 'model', 'endpoint', 'monitor'],
  ['contract', 'corpus', 'answer'],
];

// src/conformance.ts is the door to the suites, which are tests that we ship.
const TEST = '\\.(test|oracle|conformance|fixture|arbitrary)\\.ts$|^src/conformance\\.ts$|^test/';

function names(chains) {
  return [...new Set(chains.flat())].join('|');
}

/** One rule a room: it may import nothing of this folder but itself and what its chains put below it. */
function downhill(folder, chains) {
  return [...new Set(chains.flat())].map((room) => {
    const below = chains.filter((c) => c.includes(room)).flatMap((c) => c.slice(0, c.indexOf(room) + 1));
    return {
      name: `downhill: ${room}`,
      comment: `${folder}/${room} imports only ${[...new Set(below)].join(', ')}.`,
      severity: 'error',
      from: { path: `^${folder}/${room}/`, pathNot: TEST },
      to: { path: `^${folder}/[^/]+/`, pathNot: `^${folder}/(${below.join('|')})/` },
    };
  });
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...downhill('src', ROOMS),
    ...downhill('src/assets', ASSETS),
    {
      name: 'known room',
      comment: 'Every folder of src/ has its place in a chain above.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${names(ROOMS)})/` },
    },
    {
      name: 'known asset',
      comment: 'Every folder of src/assets/ has its place in a chain above.',
      severity: 'error',
      from: {},
      to: { path: '^src/assets/[^/]+/', pathNot: `^src/assets/(${names(ASSETS)})/` },
    },
    {
      name: 'by the door',
      comment:
        "Another room is entered through its folder's index.ts; what lies in the hall is its rooms' own.",
      severity: 'error',
      from: { path: '^src/((store|assets)/[^/]+|[^/]+)/', pathNot: TEST },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/$2/[^/]+\\.ts$', '/index\\.ts$'] },
    },
    {
      name: 'front door',
      comment: 'src/index.ts is for users; inside, import the room itself.',
      severity: 'error',
      from: { path: '^src/.+/', pathNot: TEST },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'as a user',
      comment:
        "An example is a user's project: it imports 'millrace', never a file of src/. Its tests are ours.",
      severity: 'error',
      from: { path: '^examples/', pathNot: TEST },
      to: { path: '^src/', pathNot: '^src/(client/)?index\\.ts$' },
    },
    {
      name: 'oracle in tests',
      comment: 'An oracle is slow and obvious: tests compare with it, nothing runs on it.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '\\.oracle\\.ts$' },
    },
    {
      name: 'shipped',
      comment: 'What we ship needs no test, example, script or development dependency.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { path: '^(test|examples|bench|scripts)/|\\.(test|conformance|fixture|arbitrary)\\.ts$' },
    },
    {
      name: 'shipped dependency',
      comment: 'What src/ imports stands under dependencies in package.json.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'found',
      comment: 'An import leads to a file.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no cycle',
      comment: 'Move what both need to a room below; a type, too, is read before what uses it.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API; swc reads our files. It cannot tell `import type` from `import`.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};
