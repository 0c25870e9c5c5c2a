import { pathToFileURL } from 'node:url';
import { bug, type Instant, MINUTE, MillraceError, messageOf } from '../../base/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Kinds } from '../kind.ts';
import type { Lineage } from '../lineage.ts';
import { lineagesOf } from '../plan.ts';
import type { Portrait } from '../portrait.ts';
import type { Graph } from '../project.ts';
import type { RunEvent } from '../run-event.ts';
import type { LineageOut, Workspace } from '../workspace.ts';
import type { LineageEvent } from './event.ts';
import type { Facts, Written } from './facts.ts';
import {
  aborted,
  abortedRun,
  assetOf,
  type Identity,
  type Open,
  publishedStep,
  type RunEnd,
  tellingOf,
} from './telling.ts';

/** Tells others of a run. Whatever happens there, the run goes on as if nobody listened. */
export interface Report {
  /** The run has begun; what is open of runs that were killed comes to its end. */
  begun(): void;
  heard(event: RunEvent): void;
  /** Resolves when everything is handed over; not when it is delivered. */
  ended(end: RunEnd, error?: unknown): Promise<void>;
}

const silent: Report = { begun: () => {}, heard: () => {}, ended: async () => {} };

/**
 * Tells a run as OpenLineage events, where the environment or the project names an address for them.
 * @param nominal what the run was due for, and when it is due again
 * @param onEvent told when events are lost
 */
export function reportLineage(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  run: string,
  nominal: Identity['nominal'],
  onEvent: (event: RunEvent) => void,
): Report {
  const out = workspace.openLineage(graph.running?.openLineage);
  if (out === undefined) return silent;
  const { outlet, namespace, parent, root } = out;
  const { clock, state } = workspace;
  const naming = { namespace, project: graph.name };
  const learnt = learning(graph, kinds, workspace, out);
  const open = openTellings(workspace, run);
  const telling = tellingOf({ run, naming, nominal, parent, root }, learnt.facts, open);
  const lost = (events: number, why: string): void =>
    onEvent({
      event: 'lineage-lost',
      events,
      message: `Lineage events are lost: ${why.replace(/\.$/, '')}. The run itself is not affected.`,
    });
  const send = (events: readonly LineageEvent[]): void => {
    for (const event of events) outlet.send(event, lost);
    // Not before: killed in between, an end is told twice rather than never.
    open.forget();
  };
  let planned: readonly string[] = [];
  /** Events follow each other, though some of them wait for what is to be learnt first. */
  let last: Promise<void> = Promise.resolve();
  const next = (work: () => void | Promise<void>): void => {
    last = last.then(work).catch((error: unknown) => lost(1, messageOf(error)));
  };
  const madeBy = (dead: string, asset: string): Version | undefined =>
    state.versions(asset).find((version) => version.run === dead && version.status === 'published') ??
    // It found one that was made before.
    (state.steps(dead).some((step) => step.asset === asset && step.outcome === 'published')
      ? state.live(asset)
      : undefined);
  /** One process tells them; killed while it does, the next run tells them again. */
  const tellDead = (): void => {
    const { leases, notes } = state;
    const real = Date.now() * 1000;
    if (leases.take(TELLING, run, real, real + MINUTE) !== undefined) return;
    for (const [dead, keys] of Map.groupBy(notes.deadTellings(), (item) => item.run)) {
      const at = state.run(dead)?.finishedAt ?? clock.now();
      const ends = endsOf(
        { run: dead, naming },
        learnt.facts,
        keys.map(({ key }) => key),
        at,
        (asset) => madeBy(dead, asset),
      );
      send(ends);
      for (const { key } of keys) notes.closeTelling(dead, key);
    }
    leases.give(TELLING, run);
  };
  return {
    begun() {
      const at = clock.now();
      next(async () => {
        const dead = state.notes.deadTellings();
        await learnt.learn(dead.map(({ key }) => assetOf(key)));
        if (dead.length > 0) tellDead();
      });
      next(() => send(telling.begun(at)));
    },
    heard(event) {
      const at = clock.now();
      if (event.event === 'planned') planned = event.plan.steps.map(({ asset }) => asset);
      if (event.event === 'step-started') next(() => send(telling.heard(event, at)));
      if (event.event !== 'step-finished') return;
      next(async () => {
        // Of all that is planned at once: the way to the engine and back is longer than its work.
        await learnt.learn([event.result.step.asset, ...planned]);
        send(telling.heard(event, at));
      });
    },
    async ended(end, error) {
      const at = clock.now();
      const problems =
        error === undefined ? [] : (error instanceof MillraceError ? error : bug(messageOf(error))).problems;
      next(() => send(telling.ended(end, at, problems)));
      next(() => outlet.settle());
      await last;
    },
  };
}

/** A lease by this name is no asset's. */
const TELLING = '(lineage events)';

/** The ends of a run whose process is gone, and of its steps: those that had published have come to a good one. */
function endsOf(
  identity: Identity,
  facts: Facts,
  keys: readonly string[],
  at: Instant,
  madeOf: (asset: string) => Version | undefined,
): readonly LineageEvent[] {
  const steps = keys.filter((key) => key !== '');
  const events = steps.map((key) => {
    const made = madeOf(assetOf(key));
    return made === undefined
      ? aborted(identity, facts, key, at)
      : publishedStep(identity, facts, key, made, at);
  });
  return keys.includes('') ? [...events, abortedRun(identity, at)] : events;
}

/** What is open, noted so that the next run knows it after a kill. What has ended is forgotten when that has been said. */
function openTellings({ state }: Workspace, run: string): Open & { forget(): void } {
  const { notes } = state;
  const keys = new Set<string>();
  const ended: string[] = [];
  const tried = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // A busy database: after a kill, one end too few or too many is told.
      if (!(error instanceof MillraceError)) throw error;
    }
  };
  return {
    add(key) {
      keys.add(key);
      tried(() => notes.openTelling(run, key));
    },
    delete(key) {
      keys.delete(key);
      ended.push(key);
    },
    has: (key) => keys.has(key),
    all: () => [...keys],
    forget() {
      for (const key of ended.splice(0)) tried(() => notes.closeTelling(run, key));
    },
  };
}

interface Learning {
  readonly facts: Facts;
  /** Finds out how the columns of these assets, and of those it has not been asked for yet, come about. */
  learn(assets: readonly string[]): Promise<void>;
}

function learning(graph: Graph, kinds: Kinds, workspace: Workspace, { environment }: LineageOut): Learning {
  const { state, lake, folder } = workspace;
  const lineages = new Map<string, Lineage>();
  const asked = new Set<string>();
  const portraits = new Map<string, Portrait>();
  const tables = new Map<string, Written | undefined>();
  const portray = (asset: string, version?: Version): Portrait => {
    const node = graph.nodes.get(asset);
    const plain = { type: (node?.kind ?? 'asset').toUpperCase() };
    try {
      const kind = node && kinds.get(node.kind);
      return kind?.portray?.(node as never, { graph, folder, version, environment }) ?? plain;
    } catch {
      // That a run has begun or ended is told in any case.
      return plain;
    }
  };
  const writtenIn = (version: Version): Written | undefined => {
    if (tables.has(version.id)) return tables.get(version.id);
    const table = lake.table(version.asset, version.snapshot);
    const files = table?.files.filter(({ since }) => since === version.snapshot) ?? [];
    const written = table && {
      rows: files.reduce((sum, file) => sum + file.rows, 0),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      files: files.length,
    };
    tables.set(version.id, written);
    return written;
  };
  return {
    facts: {
      lake: pathToFileURL(lake.dataPath).href,
      node: (asset) => graph.nodes.get(asset),
      portrait(asset, version) {
        const key = version?.id ?? asset;
        const portrait = portraits.get(key) ?? portray(asset, version);
        portraits.set(key, portrait);
        return portrait;
      },
      lineage: (asset) => lineages.get(asset),
      live: (asset) => state.live(asset),
      version: (id) => state.version(id),
      inLake: (version) => writtenIn(version) !== undefined,
      written: (version) =>
        writtenIn(version) ?? (version.rows === null ? undefined : { rows: version.rows }),
    },
    async learn(assets) {
      const fresh = new Set(assets.filter((asset) => !asked.has(asset)));
      if (fresh.size === 0) return;
      for (const asset of fresh) asked.add(asset);
      try {
        for (const [asset, lineage] of await lineagesOf(graph, kinds, workspace, fresh))
          lineages.set(asset, lineage);
      } catch {
        // Likewise: an event that does not say where columns come from is better than none.
      }
    },
  };
}
