import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { env as onnxruntime } from 'onnxruntime-node';
import { fingerprint, packageVersion } from '../../base/index.ts';
import type { Graph, Node } from '../../graph/index.ts';
import type { ModelBody } from './spec.ts';

/** What a model was trained with, besides its data. */
export type Environment = {
  readonly millrace: string;
  readonly node: string;
  /** `linux-x64`. */
  readonly platform: string;
  readonly onnxruntime: string;
  readonly code: {
    /** Of the model's declaration and all that it is built from, functions of request features included. */
    readonly declaration: string;
    /** Of the trainer, its options and the version of Millrace that trains. */
    readonly trainer: string;
    /** The commit that the project's folder is at; null outside a Git repository. What was edited since is not in it. */
    readonly revision: string | null;
  };
  /** Packages of a Python environment, `name==version` each. */
  readonly packages?: readonly string[];
};

export function environmentOf(
  graph: Graph,
  node: Node<ModelBody>,
  folder: string,
  packages?: readonly string[],
): Environment {
  const millrace = packageVersion();
  return {
    millrace,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    onnxruntime: onnxruntime.versions.node ?? onnxruntime.versions.common,
    code: {
      declaration: fingerprint(declarationOf(graph, node.name)),
      trainer: fingerprint([node.body.trainer, millrace]),
      revision: revisionOf(folder),
    },
    ...(packages === undefined ? {} : { packages }),
  };
}

/** In words, what of an environment is not as it was. */
export function environmentChanges(then: Environment, now: Environment): string[] {
  const apart = (what: string, before: string, after: string): string[] =>
    before === after ? [] : [`${what} was ${before}, is ${after}`];
  const known = (revision: string | null): string => revision?.slice(0, 12) ?? 'unknown';
  const before = new Set(then.packages ?? []);
  const after = new Set(now.packages ?? []);
  const gone = [...before].filter((one) => !after.has(one));
  const come = [...after].filter((one) => !before.has(one));
  return [
    ...apart('millrace', then.millrace, now.millrace),
    ...apart('Node', then.node, now.node),
    ...apart('the platform', then.platform, now.platform),
    ...apart('ONNX Runtime', then.onnxruntime, now.onnxruntime),
    ...apart('the commit', known(then.code.revision), known(now.code.revision)),
    ...(gone.length > 0 ? [`packages that are no longer there: ${gone.join(', ')}`] : []),
    ...(come.length > 0 ? [`packages that were not there: ${come.join(', ')}`] : []),
  ];
}

/** The declarations of a node and of all that it is built from, without where they stand. */
function declarationOf(graph: Graph, name: string, found: Record<string, unknown> = {}): unknown {
  const node = graph.nodes.get(name);
  if (node === undefined || found[name] !== undefined) return found;
  found[name] = { kind: node.kind, inputs: node.inputs, body: node.body };
  for (const input of node.inputs) declarationOf(graph, input, found);
  return found;
}

/** The commit of the Git repository that a folder lies in, from its files: no program is started for it. */
function revisionOf(folder: string): string | null {
  try {
    const git = gitFolder(resolve(folder));
    if (git === undefined) return null;
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
    const ref = /^ref: (refs\/[^\s]+)$/.exec(head)?.[1];
    if (ref === undefined) return commitOf(head);
    // A worktree keeps its branches with the repository that it is of.
    const common = join(git, 'commondir');
    const shared = existsSync(common) ? resolve(git, readFileSync(common, 'utf8').trim()) : git;
    const loose = join(shared, ref);
    if (existsSync(loose)) return commitOf(readFileSync(loose, 'utf8').trim());
    const packed = join(shared, 'packed-refs');
    const lines = existsSync(packed) ? readFileSync(packed, 'utf8').split('\n') : [];
    return commitOf(lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0]);
  } catch {
    // A repository that cannot be read says nothing, and is no reason not to train.
    return null;
  }
}

const commitOf = (text: string | undefined): string | null =>
  text !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text) ? text : null;

function gitFolder(folder: string): string | undefined {
  const git = join(folder, '.git');
  const stat = statSync(git, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return git;
  if (stat?.isFile()) {
    const named = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1];
    return named === undefined ? undefined : resolve(folder, named.trim());
  }
  const above = dirname(folder);
  return above === folder ? undefined : gitFolder(above);
}
