import {
  blobsOf,
  coverageOf,
  featuresVersionOf,
  modelVersionOf,
  openServing,
  quarantineOf,
  readState,
  servedBy,
  sourceVersionOf,
} from '../../src/assets/index.ts';
import { canonicalJson, sha256 } from '../../src/base/index.ts';
import type { Session } from '../../src/engine/index.ts';
import { graphOf, type Workspace } from '../../src/graph/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { line } from './line.fixture.ts';

/** What a version holds, without what may differ between two histories that mean the same: load ids, names of files and spaces. */
export interface VersionDigest {
  readonly id: string;
  readonly fingerprint: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly status: string;
  readonly rows: number | null;
  readonly checks: readonly string[];
  /** Hash of the rows, of the quarantine, of the feature values or of the model, in any order. */
  readonly content: Readonly<Record<string, string | number>>;
}

/** Every asset's live version. */
export type Digest = Readonly<Record<string, VersionDigest>>;

/** The rows of a table at a snapshot as sorted texts; a load stands as the file it came from. */
export async function rowsOf(workspace: Workspace, table: TableState): Promise<string[]> {
  const session = await workspace.engine.session();
  try {
    const rows = await session.rows<Record<string, unknown>>(`select * from ${session.scan(table)}`);
    return rows.map((row) => canonicalJson(withPath(workspace, row))).sort();
  } finally {
    session.close();
  }
}

function withPath({ state }: Workspace, row: Record<string, unknown>): Record<string, unknown> {
  const { _load, ...rest } = row;
  const plain = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
  if (_load === undefined || _load === 0) return plain;
  const [load] = state.loads([Number(_load)]);
  return { ...plain, _load: load === undefined ? `no load ${_load}` : `${load.path} ${load.hash}` };
}

const hashOf = (rows: readonly string[]): string => sha256(rows.join('\n')).slice(0, 12);

/** Everything a version stands for. */
export async function digestOf(workspace: Workspace, version: Version): Promise<VersionDigest> {
  const content: Record<string, string | number> = {};
  const { lake, state } = workspace;
  for (const name of [version.asset, quarantineOf(version.asset)]) {
    const table = lake.table(name, version.snapshot);
    if (table === undefined) continue;
    const rows = await rowsOf(workspace, table);
    content[name] = `${rows.length} ${hashOf(rows)}`;
  }
  if (version.kind === 'source') {
    const loads = state.loadsIn(version.asset, sourceVersionOf(version).loads);
    content['loads'] = loads
      .map(({ path, hash, rows, quarantined }) => `${path} ${hash.slice(0, 6)} ${rows}+${quarantined}`)
      .sort()
      .join(', ');
    content['load ids'] = loads.length;
  }
  if (version.kind === 'features') content['values'] = await featureValues(workspace, version);
  if (version.kind === 'model') {
    const { evaluation, threshold } = modelVersionOf(version);
    const onnx = [...blobsOf(modelVersionOf(version)).keys()][0] as string;
    content['onnx'] = onnx;
    content['evaluation'] = sha256(canonicalJson({ evaluation, threshold }));
    await workspace.blobs.get(onnx);
  }
  if (version.kind === 'endpoint') content['answers'] = await answers(workspace, version);
  return {
    id: version.id,
    fingerprint: version.fingerprint,
    inputs: version.inputs,
    status: version.status,
    rows: version.rows,
    checks: state.checks(version.id).map(({ name, passed, observed }) => `${name} ${passed} ${observed}`),
    content,
  };
}

const cards = [...Array.from({ length: 9 }, (_, i) => `c${i}`), 'nobody'];

async function featureValues({ online, clock }: Workspace, version: Version): Promise<string> {
  const { space, body } = featuresVersionOf(version);
  const [found] = await online.get([{ space, entities: cards }]);
  if (found?.coverage === undefined) return 'gone';
  const { from } = coverageOf(found.coverage);
  return sha256(canonicalJson(found.states.map((state) => readState(body, state, [], from, clock.now()))));
}

async function answers(workspace: Workspace, version: Version): Promise<string> {
  const serving = await openServing(graphOf(line()), workspace, servedBy(version));
  try {
    const outputs: number[] = [];
    for (const card_id of cards)
      outputs.push((await serving.answer({ card_id, amount: 50 }, workspace.clock.now())).output);
    return sha256(outputs.join(' '));
  } finally {
    await serving.close();
  }
}

/** What every asset of the line is, now that it is live. */
export async function digest(workspace: Workspace, assets: Iterable<string>): Promise<Digest> {
  const found: Record<string, VersionDigest> = {};
  for (const asset of assets) {
    const live = workspace.state.live(asset);
    if (live) found[asset] = await digestOf(workspace, live);
  }
  return found;
}

/** The names of a line's assets that have versions. */
export const assetNames: readonly string[] = [...graphOf(line()).nodes.keys()];

/** Runs a query with the asset's live table under its name. */
export async function ask<R extends object>(
  workspace: Workspace,
  asset: string,
  query: (relation: string) => string,
  options?: { rowId?: boolean },
): Promise<R[]> {
  const session: Session = await workspace.engine.session();
  try {
    const live = workspace.state.live(asset) as Version;
    const table = workspace.lake.table(asset, live.snapshot) as TableState;
    return await session.rows<R>(query(session.scan(table, options)));
  } finally {
    session.close();
  }
}
