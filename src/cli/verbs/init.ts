import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProposedSource, projectText, proposeSources } from '../../assets/source/propose/index.ts';
import { counted, MillraceError } from '../../base/index.ts';
import { openDuckDb } from '../../engine/index.ts';
import { DONE } from '../exit.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';

interface InitOptions {
  readonly from?: readonly string[];
}

/** `millrace init [name] [--from <files…>]`: a new project in a folder of its name, or here. It never writes over a file. */
export async function initVerb(
  { terminal }: VerbContext,
  given: string | undefined,
  { from = [] }: InitOptions,
): Promise<number> {
  const folder = resolve(given ?? '.');
  const name = projectName(basename(existsSync(folder) ? realpathSync(folder) : folder));
  if (existsSync(join(folder, 'project.ts')))
    throw new MillraceError({
      code: 'MILL_INIT_EXISTS',
      message: `There is a project.ts in ${folder} already.`,
      todo: 'Name another folder: millrace init NAME. Nothing was written.',
      owner: 'project',
    });
  const files = filesOf(from, process.cwd());
  const sources = files.length === 0 ? [] : await proposals(files, folder, terminal);
  const written: string[] = [];
  const kept: string[] = [];
  const installed = findsMillrace(folder);
  for (const [path, text] of Object.entries(projectFiles(name, sources))) {
    if (installed && path === 'package.json') continue;
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    (writeNew(file, text) ? written : kept).push(path);
  }
  for (const path of written) terminal.line(`  wrote ${join(relative(process.cwd(), folder), path)}`);
  for (const path of kept) terminal.line(`  left  ${join(relative(process.cwd(), folder), path)} as it was`);
  for (const source of sources) tell(source, terminal);
  terminal.line();
  const steps = [
    ...(given === undefined ? [] : [`cd ${given}`]),
    ...(installed ? [] : ['npm install']),
    `npx millrace ${sources.length === 0 ? 'check' : 'run'}`,
  ];
  terminal.line(`Next: ${steps.join(', ')}`);
  terminal.result({
    ok: true,
    project: name,
    folder,
    written,
    kept,
    sources: sources.map(({ broken, columns, ...source }) => ({
      ...source,
      columns: columns.map(({ name: column, type, nullable }) => ({ name: column, type, nullable })),
      broken: Object.fromEntries(broken),
    })),
  });
  return DONE;
}

async function proposals(
  files: readonly string[],
  folder: string,
  terminal: Terminal,
): Promise<ProposedSource[]> {
  const engine = await openDuckDb({});
  try {
    const session = await engine.session();
    return await proposeSources({
      session,
      files,
      projectFolder: folder,
      now: Date.now() * 1000,
      onProgress: (what) => terminal.progress(`looking at ${what}`),
    });
  } finally {
    await engine.close();
  }
}

const DATA = /\.(csv|tsv|jsonl|ndjson|json|parquet)(\.gz)?$/i;

/** Files as named, what a quoted glob finds, and the data files of a folder; absolute, each once, in order of name within one word. */
function filesOf(words: readonly string[], folder: string): string[] {
  const found = new Set<string>();
  for (const word of words) {
    const path = resolve(folder, word);
    const stat = statSync(path, { throwIfNoEntry: false });
    // A name with brackets in it is first of all a name.
    const names = stat?.isDirectory()
      ? globSync('*', { cwd: path })
          .filter((name) => DATA.test(name))
          .map((name) => join(path, name))
      : stat !== undefined
        ? [path]
        : globSync(word, { cwd: folder }).map((name) => resolve(folder, name));
    if (names.length === 0)
      throw new MillraceError({
        code: 'MILL_INIT_FILE_MISSING',
        message: `'${word}' ${stat?.isDirectory() ? 'holds no data file' : 'is not there'}.`,
        todo: 'Name files after --from: data/*.csv',
        owner: 'project',
      });
    for (const name of names.sort()) if (!statSync(name).isDirectory()) found.add(name);
  }
  return [...found];
}

function projectFiles(name: string, sources: readonly ProposedSource[]): Record<string, string> {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'project.ts': projectText(name, sources),
    'package.json': json({
      name,
      private: true,
      type: 'module',
      scripts: { check: 'millrace check', run: 'millrace run', start: 'millrace up' },
      dependencies: { millrace: `^${ownVersion()}` },
      devDependencies: { '@types/node': '>=24', typescript: '>=5.8' },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'es2023',
        module: 'nodenext',
        erasableSyntaxOnly: true,
        verbatimModuleSyntax: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
      },
      include: ['**/*.ts'],
    }),
    '.gitignore': 'node_modules/\n.millrace/\n',
    'data/README.md': DATA_NOTE,
  };
}

const DATA_NOTE = `# Data

Files that arrive are put here, or anywhere a \`files('…')\` of project.ts looks. Write them under a name such as \`x.csv.tmp\` and rename them
when they are whole: files with such names are passed over. A new file adds its rows at the next \`millrace run\`, a changed one exchanges
its own, and rows that break the contract are set aside with the reason.
`;

/** Whether a program in this folder finds millrace without a package of its own: the folder lies in one that has it. */
function findsMillrace(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', 'millrace'))) return true;
    const file = join(at, 'package.json');
    // The nearest package decides: what lies above it is none of its business.
    if (existsSync(file)) return nameIn(file) === 'millrace';
    if (dirname(at) === at) return false;
  }
}

function nameIn(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}

/** False when there is a file already. */
function writeNew(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A folder's name as one that npm takes. */
function projectName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
  return name === '' ? 'project' : name;
}

function ownVersion(): string {
  const file = fileURLToPath(new URL('../../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function tell({ name, files, rows, aside, broken }: ProposedSource, terminal: Terminal): void {
  terminal.line(`  ${name}: ${counted(rows, 'row')} from ${counted(files.length, 'file')}`);
  if (aside === 0) return;
  terminal.line(`    ${counted(aside, 'row')} would be set aside:`);
  for (const [rule, count] of broken) terminal.line(`      ${rule}: ${counted(count, 'row')}`);
}
