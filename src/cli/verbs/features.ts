import { type FeaturesBody, openHeads, openLookUpSample, rebuildFeatures } from '../../assets/index.ts';
import { counted, type JsonObject, MillraceError, messageOf, withArticle } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import { answerFeatures } from '../../server/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace features get <name> key=value…`, `millrace features rebuild <name>` */
export async function featuresVerb(
  { projectFile, terminal }: VerbContext,
  what: 'get' | 'rebuild',
  name: string,
  keys: readonly string[],
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    if (what === 'get') await get(graph, workspace, terminal, name, entityOf(keys));
    else if (keys.length > 0) throw usage(`'${keys[0]?.slice(0, 60)}' says nothing to \`features rebuild\``);
    else await rebuild(graph, workspace, terminal, name);
    return DONE;
  } finally {
    await workspace.close();
  }
}

async function get(
  graph: Graph,
  workspace: Workspace,
  terminal: Terminal,
  name: string,
  entity: JsonObject,
): Promise<void> {
  const heads = await openHeads(graph, workspace);
  const sample = openLookUpSample(graph, workspace, { onError: (error) => terminal.aside(messageOf(error)) });
  const [answer] = await answerFeatures(graph, workspace, heads, [{ name, entities: [entity] }], { sample });
  sample.close();
  if (answer === undefined) return;
  const { asOf, dataset, headRows, freshness } = answer;
  const values = Object.entries(answer.entities[0]?.values ?? {});
  const texts = values.map(([feature, value]) => [
    feature,
    value === null ? '–' : plain(typeof value === 'string' ? value : JSON.stringify(value)),
  ]);
  for (const line of tabulate(texts)) terminal.line(line);
  const head = headRows === 0 ? '' : ` and ${counted(headRows, 'row')} posted since`;
  const newest =
    freshness.newest === null ? 'it has no rows up to then' : `the newest row is of ${freshness.newest}`;
  terminal.line(`As of ${asOf}, from ${dataset}${head}; ${newest}.`);
  terminal.result({ ok: true, features: name, ...answer });
}

async function rebuild(graph: Graph, workspace: Workspace, terminal: Terminal, name: string): Promise<void> {
  namedAssets(graph, [name]);
  const node = graph.nodes.get(name) as Node<FeaturesBody>;
  if (node.kind !== 'features')
    throw new MillraceError({
      code: 'MILL_FEATURES_UNKNOWN',
      message: `'${name}' is ${withArticle(node.kind)} and has no state.`,
      todo: 'Name features that `millrace show` lists.',
      owner: 'project',
      asset: name,
    });
  const rebuilt = await rebuildFeatures(node, workspace, (entities) =>
    terminal.aside(`${count(entities)} entities so far`),
  );
  terminal.line(
    `${name}: the state of ${count(rebuilt.entities)} entities was made anew from ${rebuilt.dataset}.`,
  );
  terminal.result({ ok: true, features: name, ...rebuilt });
}

/** `card_id=c17` … as key values. */
function entityOf(keys: readonly string[]): JsonObject {
  const entity = new Map<string, string>();
  for (const text of keys) {
    const at = text.indexOf('=');
    if (at <= 0) throw usage(`'${text.slice(0, 60)}' is not key=value`);
    const key = text.slice(0, at);
    if (entity.has(key)) throw usage(`'${key.slice(0, 60)}' is given twice`);
    entity.set(key, text.slice(at + 1));
  }
  return Object.fromEntries(entity);
}

function usage(what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `${what}.`,
    todo: '`millrace help features` has an example.',
    owner: 'project',
  });
}
