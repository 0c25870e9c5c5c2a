import { deepFreeze, MillraceError, type Place, type Problem } from '../base/index.ts';
import type { Asset, NodeSpec } from './asset.ts';
import { declaredAt } from './place.ts';
import { type GraphRunning, type Running, runningOf } from './running.ts';

/** A project: its name and the assets it consists of, under the names of the user's choice. */
export interface Project<Assets = Readonly<Record<string, Asset>>> {
  readonly name: string;
  readonly assets: Assets;
  readonly place: Place;
  /** When and how often it is run. No part of what is built. */
  readonly running?: Running;
}

/**
 * Collects the assets of a project. The keys are for the reader; an asset goes by its own name.
 * @example
 * export default project('fraud', { payments, chargebacks, card, activity, fraud, screen });
 * // With how it is run:
 * project('fraud', { payments, screen }, { timeout: '1h', assets: { payments: { attempts: 5 } } });
 */
export function project<const Assets extends Readonly<Record<string, Asset>>>(
  name: string,
  assets: Assets,
  running?: Running<keyof Assets & string>,
): Project<Assets> {
  return Object.freeze({
    name,
    assets: Object.freeze({ ...assets }),
    place: declaredAt(),
    ...(running === undefined ? {} : { running: deepFreeze(structuredClone(running)) as Running }),
  });
}

/** A project in plain JSON: the form in which every later stage, another process or a review tool reads it. */
export interface ProjectSpec {
  /** The version of this form. */
  readonly millrace: 1;
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
}

/** A node together with the asset that brought it. */
export interface Node<Body = unknown> extends NodeSpec<Body> {
  readonly asset: Asset;
}

/** A project's nodes by name, in an order in which every node comes after its inputs. */
export interface Graph {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, Node>;
  /** How each is run; absent where nothing was said. */
  readonly running?: GraphRunning;
}

/** The plain JSON form of a project. */
export function specOf(graph: Graph): ProjectSpec {
  const nodes = [...graph.nodes.values()].map(({ asset: _, ...node }) => node);
  return deepFreeze({ millrace: 1, name: graph.name, nodes });
}

const assetName = /^[a-z][a-z0-9_]{0,59}$/;

/**
 * Lays out a project as a graph. Problems of names and references are collected; with any, the graph is thrown as
 * MILL_ASSET_NAME, MILL_ASSET_TWICE, MILL_ASSET_MISSING or MILL_RUNNING_INVALID.
 */
export function graphOf(project: Project): Graph {
  const problems: Problem[] = [];
  const byName = new Map<string, Node>();
  for (const asset of Object.values(project.assets)) {
    for (const spec of asset['~'].nodes) {
      const other = byName.get(spec.name);
      if (other !== undefined && other.asset !== asset)
        problems.push({
          code: 'MILL_ASSET_TWICE',
          message: `Two assets are named '${spec.name}'; the other is declared at line ${other.place.line}.`,
          todo: 'Give one of them another name.',
          owner: 'project',
          place: spec.place,
        });
      if (!assetName.test(spec.name) || spec.name.includes('__'))
        problems.push({
          code: 'MILL_ASSET_NAME',
          message: `'${spec.name}' cannot be the name of an asset.`,
          todo: "Use lower-case letters, digits and single '_', beginning with a letter, at most 60 in all.",
          owner: 'project',
          place: spec.place,
        });
      byName.set(spec.name, { ...spec, asset });
    }
  }
  for (const node of byName.values())
    for (const input of node.inputs)
      if (!byName.has(input))
        problems.push({
          code: 'MILL_ASSET_MISSING',
          message: `'${node.name}' is built from '${input}', which is not in project '${project.name}'.`,
          todo: `Add the asset '${input}' to project('${project.name}', { … }).`,
          owner: 'project',
          asset: node.name,
          place: node.place,
        });
  let running: Graph['running'];
  try {
    if (project.running) running = runningOf(project.running, project.assets);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new MillraceError(problems);
  return { name: project.name, nodes: inOrder(byName), ...(running ? { running } : {}) };
}

/** Depth first, so inputs come before what is built from them. Assets are values that hold their inputs, so no circle can be declared. */
function inOrder(byName: ReadonlyMap<string, Node>): Map<string, Node> {
  const ordered = new Map<string, Node>();
  const visit = (node: Node): void => {
    if (ordered.has(node.name)) return;
    for (const input of node.inputs) visit(byName.get(input) as Node);
    ordered.set(node.name, node);
  };
  for (const node of byName.values()) visit(node);
  return ordered;
}
