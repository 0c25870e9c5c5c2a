import { fingerprint, MillraceError } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import type { RequestBody } from '../../feature/index.ts';
import type { TrainingSetBody } from '../spec.ts';
import { assemble, HIDDEN, ROWS } from './assemble.ts';
import { digestRows } from './digest.ts';
import { type Manifest, trainingSetVersionOf } from './manifest.ts';

/** What came of building a training set again. */
export interface Rebuilt {
  readonly rows: number;
  readonly digest: string;
  /** Whether these are the rows of then. */
  readonly same: boolean;
}

/**
 * Builds the rows of a version again, from its manifest alone: the declaration of then, on the versions of then, as of then. Nothing is written. The functions of
 * request features are those of the project; they must have the text of then. `use` is given the rows while they are there: the view `ROWS` of the
 * session, in the order of `_ask`.
 * @throws MILL_TRAINING_SET_GONE, MILL_TRAINING_SET_CODE
 */
export async function withRebuiltRows<T>(
  workspace: Workspace,
  graph: Graph,
  version: Version,
  use: (session: Session, rebuilt: Rebuilt) => Promise<T>,
): Promise<T> {
  const { manifest } = trainingSetVersionOf(version);
  const { definition, plan } = manifest;
  for (const { name, body } of plan.requests) refuseOtherCode(version, graph, name, body);
  const node = { kind: version.kind, name: version.asset, body: definition } as Node<TrainingSetBody>;
  const input = (name: string): Version => versionOf(workspace, version, manifest, name);
  const session = await workspace.engine.session();
  try {
    const { signal } = new AbortController();
    const ingredients = { node, graph, workspace, input, progress: () => {}, signal };
    await assemble(session, ingredients, plan, manifest.asOf);
    const hidden = new Map(HIDDEN.map((column) => [column.name, column]));
    const columns = manifest.columns.map(
      ({ name, type }) => hidden.get(name) ?? { name, type, nullable: true },
    );
    const { rows, digest } = await digestRows(session, ROWS, columns);
    return await use(session, {
      ...{ rows, digest },
      same: rows === manifest.rows && digest === manifest.digest,
    });
  } finally {
    session.close();
  }
}

/** The same, to know whether they are the rows of then. */
export async function rebuildTrainingSet(
  workspace: Workspace,
  graph: Graph,
  version: Version,
): Promise<Rebuilt> {
  return withRebuiltRows(workspace, graph, version, async (_, rebuilt) => rebuilt);
}

function versionOf(
  { state, lake }: Workspace,
  { id }: Version,
  { definition, labels, inputs }: Manifest,
  name: string,
): Version {
  const pin = name === definition.labels.from ? labels : inputs[name];
  const found = pin && state.version(pin.version);
  const from = inputs[name]?.from;
  const table = from ?? (pin === labels ? labels : undefined);
  const dataset = table?.version.slice(0, table.version.lastIndexOf('@'));
  const gone =
    found === undefined
      ? pin?.version
      : table !== undefined && lake.table(dataset as string, table.snapshot) === undefined
        ? table.version
        : undefined;
  if (found !== undefined && gone === undefined) return found;
  throw new MillraceError({
    code: 'MILL_TRAINING_SET_GONE',
    message: `${id} was built from ${gone ?? name}, which is no longer there.`,
    todo: 'Keep versions for longer (`millrace doctor --expire-after`); an export keeps the rows for good.',
    owner: 'data',
  });
}

function refuseOtherCode({ id }: Version, graph: Graph, name: string, body: RequestBody): void {
  const declared = graph.nodes.get(name)?.body;
  if (declared !== undefined && fingerprint(declared) === fingerprint(body)) return;
  throw new MillraceError({
    code: 'MILL_TRAINING_SET_CODE',
    message: `${id} was built with request features ${name} that ${declared === undefined ? 'are no longer declared' : 'have been edited since'}.`,
    todo: 'Build it again from the revision of the project that it was built from.',
    owner: 'project',
    asset: name,
  });
}
