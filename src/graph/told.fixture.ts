import type { BuildContext, Candidate, Kind, Kinds } from './kind.ts';
import type { Project } from './project.ts';

// A made-up kind over real stores, so that a build can be told what to do.

export type Build = (
  context: BuildContext<{ text: string }>,
) => Partial<Candidate> | Promise<Partial<Candidate>>;

const empty: Candidate = { rows: 1, note: 'made', checks: [], detail: null, changes: [] };

/** A kind whose nodes are built as told by name. */
export function told(builds: Readonly<Record<string, Build>>): Kinds {
  const kind: Kind<{ text: string }> = {
    kind: 'told',
    revision: 1,
    build: async (context) => ({ ...empty, ...(await builds[context.node.name]?.(context)) }),
  };
  return new Map([['told', kind as Kind]]);
}

/** `{ b: 'a' }` is b made from a; a text after a colon is its declaration. */
export function declared(nodes: Readonly<Record<string, string>>): Project {
  const assets = Object.entries(nodes).map(([name, text]) => {
    const [inputs = '', body = ''] = text.split(':');
    const place = { file: 'project.ts', line: 1, column: 1 };
    const node = {
      ...{ kind: 'told', name, place, body: { text: body } },
      inputs: inputs.split(' ').filter((input) => input !== ''),
    };
    return [name, { kind: 'told', name, '~': { nodes: [node] } }] as const;
  });
  return { name: 'test', assets: Object.fromEntries(assets), place: { file: '', line: 0, column: 0 } };
}
