import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, type Json } from '../../../base/index.ts';
import type { Asked, ConnectorPort, Look, Reading, ReadOptions } from '../connector.port.ts';
import { pullFolder, pullsOf } from '../pulls.ts';
import { foundAt } from '../spool.ts';
import { checkHttp } from './check.ts';
import { type Outside, theOutside } from './outside.ts';
import { labelOf } from './pages.ts';
import { type HttpProgress, type Pull, progressOf, pull } from './pull.ts';
import type { HttpSpec } from './spec.ts';

const MANIFEST = 'pull.json';

/**
 * Records of an HTTP API. Whether something is new is known only when it has been fetched, so a look fetches, and keeps what it got
 * for the build that follows; a build that does not find it any more fetches again.
 */
export function httpConnectorWith(outside: Outside): ConnectorPort<HttpSpec> {
  return {
    connector: 'http',
    identity: ({ url, query, records, paging, since }) => ({
      connector: 'http',
      url,
      query,
      records,
      paging,
      since,
    }),
    check: checkHttp,
    look: (asked) => look(asked, outside),
    read: (options) => read(options, outside),
  };
}

export const httpConnector = httpConnectorWith(theOutside);

async function look(asked: Asked<HttpSpec>, outside: Outside): Promise<Look> {
  const { node, spec, contract, workspace, recorded } = asked;
  const prefix = `look-${node.name}-`;
  const pulls = pullsOf(workspace);
  for (const name of readdirSync(pulls))
    if (name.startsWith(prefix)) rmSync(join(pulls, name), { recursive: true, force: true });
  const folder = pullFolder(workspace, node.name);
  try {
    const before = progressOf(recorded?.progress);
    const pulled = await pull({
      spec,
      contract,
      before,
      now: workspace.clock.now(),
      outside,
      fileAt: (n) => join(folder, `rows-${n}.jsonl`),
    });
    if (!pulled.news) return { fingerprint: undefined, reason: '', bytes: 0, detail: null };
    writeFileSync(join(folder, MANIFEST), manifestOf(pulled, before));
    const kept = join(pulls, `${prefix}${pulled.print}`);
    // Another process may have looked at the same moment and seen the same.
    if (!existsSync(kept)) renameSync(folder, kept);
    const count = `${pulled.rows.toLocaleString('en')} ${pulled.rows === 1 ? 'record' : 'records'}`;
    const since = spec.since === undefined ? undefined : before?.from;
    return {
      fingerprint: pulled.print,
      reason: since == null ? `${before === undefined ? '' : 'now '}${count}` : `${count} since ${since}`,
      bytes: pulled.bytes,
      detail: { print: pulled.print },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function read(options: ReadOptions<HttpSpec>, outside: Outside): Promise<Reading> {
  const { node, spec, contract, workspace, recorded, extend, planned, tempFolder, progress, signal } =
    options;
  const before = extend ? progressOf(recorded?.progress) : undefined;
  const print = (planned as { print?: string } | null)?.print;
  const pulled =
    claimed(join(pullsOf(workspace), `look-${node.name}-${print}`), tempFolder, spec, before) ??
    (await pull({
      spec,
      contract,
      before,
      now: workspace.clock.now(),
      outside,
      fileAt: (n) => join(tempFolder, `rows-${n}.jsonl`),
      signal,
      progress: (rows) => progress(0.1, `${rows.toLocaleString('en')} records fetched`),
    }));
  const whole = spec.since === undefined;
  return {
    deliveries: pulled.deliveries,
    form: { format: 'jsonl', nulls: [] },
    leaving: extend && whole ? (recorded?.loads ?? []).map(({ load }) => load) : [],
    replaces: true,
    progress: pulled.next as unknown as Json,
    seen: pulled.print,
    from: labelOf(spec),
  };
}

type Manifest = Omit<Pull, 'deliveries'> & {
  readonly before: string;
  readonly files: readonly { readonly bytes: number; readonly hash: string }[];
};

function manifestOf({ deliveries, ...pulled }: Pull, before: HttpProgress | undefined): string {
  const files = deliveries.map(({ found, hash }) => ({ bytes: found.bytes, hash }));
  const manifest: Manifest = { ...pulled, before: fingerprint(before ?? null), files };
  return JSON.stringify(manifest);
}

/** What a look has kept, moved to where nobody else finds it; undefined when it is gone, or begins elsewhere. */
function claimed(
  kept: string,
  tempFolder: string,
  spec: HttpSpec,
  before: HttpProgress | undefined,
): Pull | undefined {
  const mine = join(tempFolder, 'kept');
  try {
    mkdirSync(tempFolder, { recursive: true });
    renameSync(kept, mine);
  } catch {
    return undefined;
  }
  const {
    files,
    before: began,
    ...pulled
  } = JSON.parse(readFileSync(join(mine, MANIFEST), 'utf8')) as Manifest;
  if (spec.since !== undefined && began !== fingerprint(before ?? null)) return undefined;
  const deliveries = files.map(({ bytes, hash }, n) => ({
    found: foundAt(labelOf(spec), join(mine, `rows-${n}.jsonl`), bytes),
    hash,
  }));
  return { ...pulled, deliveries };
}
