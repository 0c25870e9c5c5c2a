import { readFileSync } from 'node:fs';
import colors from 'picocolors';
import {
  type ContractChange,
  compareContracts,
  contractOf,
  type DescribedDataset,
  declarationText,
  fromOdcs,
  liveContract,
  odcsText,
  parseOdcs,
  toOdcs,
} from '../../assets/index.ts';
import { MillraceError, withArticle } from '../../base/index.ts';
import { type Graph, graphOf, type Node } from '../../graph/index.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { importProject, openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';
import { writeOut } from '../write-out.ts';

export type ContractAct = 'export' | 'import' | 'check';

interface ContractOptions {
  readonly out?: string;
  readonly files?: string;
}

/**
 * `millrace contract export <assets…>`: contracts as one ODCS document. `import <files…>`: ODCS documents as source declarations.
 * `check [assets…]`: what is declared beside what is live; exit code 1 when something breaks.
 */
export async function contractVerb(
  context: VerbContext,
  act: ContractAct,
  names: readonly string[],
  options: ContractOptions,
): Promise<number> {
  switch (act) {
    case 'export':
      return exportContracts(context, names, options);
    case 'import':
      return importContracts(context, names, options);
    case 'check':
      return checkContracts(context, names);
  }
}

async function exportContracts(
  { projectFile, terminal }: VerbContext,
  names: readonly string[],
  { out }: ContractOptions,
): Promise<number> {
  const graph = graphOf((await importProject(projectFile)).project);
  if (names.length === 0) throw usage('`contract export` wants the names of datasets.');
  const document = toOdcs(datasetsOf(graph, names).map(described));
  const text = odcsText(document);
  if (out !== undefined) writeOut(out, text);
  else for (const line of text.trimEnd().split('\n')) terminal.line(line);
  terminal.result({ ok: true, contract: document, ...(out === undefined ? {} : { out }) });
  return DONE;
}

function importContracts(
  { terminal }: VerbContext,
  files: readonly string[],
  { out, files: glob }: ContractOptions,
): number {
  if (files.length === 0) throw usage('`contract import` wants the file of a data contract.');
  const datasets = files.flatMap((file) => fromOdcs(parseOdcs(textOf(file))));
  const text = declarationText(datasets, glob === undefined ? undefined : () => glob);
  if (out !== undefined) writeOut(out, text);
  else for (const line of text.trimEnd().split('\n')) terminal.line(line);
  const assets = datasets.map(({ name, contract }) => ({ name, columns: contract.columns.length }));
  terminal.result({ ok: true, assets, declaration: text, ...(out === undefined ? {} : { out }) });
  return DONE;
}

async function checkContracts(
  { projectFile, terminal }: VerbContext,
  names: readonly string[],
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const compared = datasetsOf(graph, names).map((node) => {
      const live = workspace.state.live(node.name);
      const before = live && liveContract(live);
      const changes = before && compareContracts(before, described(node).contract);
      return {
        asset: node.name,
        live: live?.id ?? null,
        changes: changes ?? null,
        reaches: readersOf(graph, node),
      };
    });
    for (const { asset, live, changes, reaches } of compared) {
      const breaks = changes?.some(({ effect }) => effect === 'breaking') === true;
      const said =
        live === null
          ? 'not live'
          : changes === null
            ? 'was built before contracts were kept'
            : words(changes);
      terminal.line(`${colors.bold(asset)}  ${colors.dim(live ?? '')} ${said}`);
      for (const line of tabulate((changes ?? []).map(changeRow))) terminal.line(line);
      if (breaks && reaches.length > 0) terminal.line(`    built from it: ${reaches.join(', ')}`);
    }
    const breaking = compared.flatMap(({ changes }) => changes ?? []).filter((c) => c.effect === 'breaking');
    terminal.result({ ok: breaking.length === 0, assets: compared });
    return breaking.length === 0 ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}

function words(changes: readonly ContractChange[]): string {
  if (changes.length === 0) return 'is as declared';
  const breaking = changes.filter(({ effect }) => effect === 'breaking').length;
  return `${breaking} breaking, ${changes.length - breaking} safe`;
}

function changeRow({ field, effect, direction, before, after }: ContractChange): string[] {
  const bad = effect === 'breaking';
  return [
    `    ${bad ? colors.red('✗') : colors.green('✓')} ${effect}`,
    plain(field),
    direction === 'other' || direction === 'told' ? '' : direction,
    `${plain(before ?? 'nothing')} → ${plain(after ?? 'nothing')}`,
  ];
}

/** The datasets among these assets, or all. @throws MILL_ASSET_UNKNOWN, MILL_CLI_USAGE */
function datasetsOf(graph: Graph, names: readonly string[]): Node[] {
  namedAssets(graph, names);
  const nodes = [...graph.nodes.values()];
  const chosen = names.length === 0 ? nodes : names.map((name) => graph.nodes.get(name) as Node);
  const other = names.length === 0 ? undefined : chosen.find((node) => contractOf(node) === undefined);
  if (other !== undefined)
    throw usage(`'${other.name}' is ${withArticle(other.kind)}; sources and tables have contracts.`);
  return chosen.filter((node) => contractOf(node) !== undefined);
}

function described(node: Node): DescribedDataset {
  const contract = contractOf(node);
  if (contract === undefined) throw new TypeError(`'${node.name}' has no contract`);
  return {
    name: node.name,
    contract,
    ...(node.description === undefined ? {} : { description: node.description }),
  };
}

/** Everything that is built from it, near or far. */
function readersOf(graph: Graph, node: Node): string[] {
  const reached = new Set([node.name]);
  for (const { name, inputs } of graph.nodes.values())
    if (inputs.some((input) => reached.has(input))) reached.add(name);
  reached.delete(node.name);
  return [...reached];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MillraceError(
      {
        code: 'MILL_ODCS_INVALID',
        message: `'${file}' cannot be read: ${(cause as Error).message}.`,
        todo: 'Name the file of a data contract.',
        owner: 'project',
      },
      { cause },
    );
  }
}

function usage(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CLI_USAGE',
    message,
    todo: '`millrace help contract` has an example of each.',
    owner: 'project',
  });
}
