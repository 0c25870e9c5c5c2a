import type { Instant } from '../../../base/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { LogRecord } from '../../../store/log/index.ts';
import { NewestEvents, newestEvents } from '../../contract/index.ts';
import {
  cameTo,
  ingestLog,
  isStream,
  type LogProgress,
  type SourceBody,
  sourceVersionOf,
} from '../../source/index.ts';
import { featuresVersionOf } from '../kind.ts';
import type { FeaturesBody } from '../spec.ts';
import { coverageOf } from '../state/coverage.ts';
import type { Heads } from './heads.port.ts';
import type { Ends } from './held.ts';
import { recentKeys } from './recent-keys.ts';
import { REMEMBERED, StreamHead } from './stream-head.ts';

/** How often it is looked whether other processes have taken rows, in milliseconds. */
const LOOK_EVERY = 20;

export interface OpenHeads extends Heads {
  /** What this process has taken itself is seen from then on. */
  readonly taken: (source: string, record: LogRecord) => void;
  /** Rows that are held of a source. */
  rows(source: string): number;
  /** Lets go of rows that the states of all features have. */
  forget(): Promise<void>;
}

/** A source that rows are posted to and that features look at. */
interface Followed {
  readonly node: Node<SourceBody>;
  /** The features over it. */
  readonly features: readonly Node<FeaturesBody>[];
  head: StreamHead;
  /** What other processes' streams looked like when they were last read. */
  mark: string | undefined;
  /** Records were taken that do not follow what is known: the log has those between. */
  hasGap: boolean;
  lookedAt: number;
  /** One reading at a time. */
  reading: Promise<void>;
  /** A look that waits for its turn: who comes meanwhile shares it. */
  waiting: Promise<void> | undefined;
}

/**
 * Follows the logs of all streamed sources that features look at. A log that cannot be read is told of (`onError`) and tried again; till then
 * answers are made from what is known.
 */
export async function openHeads(
  graph: Graph,
  workspace: Workspace,
  onError: (error: unknown) => void = () => {},
): Promise<OpenHeads> {
  const { state, online } = workspace;
  const ends = new Map<string, Ends>();
  const all = new Map<string, Followed>();
  const told = new Set<string>();
  /** The newest events of tables: to read them takes as long as an answer. */
  const tables = new Map<string, Promise<NewestEvents>>();

  function progressOf(dataset: string): LogProgress {
    const version = state.version(dataset);
    const detail = version && sourceVersionOf(version);
    const reached = detail?.connector === 'stream' ? detail.reached?.progress : undefined;
    return cameTo(reached, version && state.logStart(ingestLog(version.asset)));
  }

  function endsOf(dataset: string): Ends {
    let found = ends.get(dataset);
    if (found === undefined) {
      found = progressOf(dataset).ends;
      if (ends.size > 1000) ends.clear();
      ends.set(dataset, found);
    }
    return found;
  }

  /** The versions of a source that states hold; its live one where there are none yet. */
  async function heldVersions({ node, features }: Followed): Promise<string[]> {
    const spaces = new Set<string>();
    for (const { name } of features)
      for (const version of state.definitions(name)) {
        const { space, body } = featuresVersionOf(version);
        if (body.from === node.name) spaces.add(space);
      }
    const stands = await Promise.all([...spaces].map((space) => online.coverage(space)));
    const held = stands.flatMap((value) => (value === undefined ? [] : [coverageOf(value).dataset]));
    const live = state.live(node.name);
    return held.length > 0 ? [...new Set(held)] : live === undefined ? [] : [live.id];
  }

  const liveOf = (source: string): string[] => {
    const live = state.live(source);
    return live === undefined ? [] : [live.id];
  };

  /** From where on the log is needed for these versions. */
  function neededFrom(source: string, versions: readonly string[]): LogProgress {
    if (versions.length === 0) return cameTo(undefined, state.logStart(ingestLog(source)));
    const [first, ...more] = versions.map(progressOf) as [LogProgress, ...LogProgress[]];
    const lowest = (a: Ends, b: Ends): Ends =>
      new Map(
        [...a].flatMap(([stream, end]) =>
          b.has(stream) ? [[stream, Math.min(end, b.get(stream) as number)]] : [],
        ),
      );
    const lowestSince = (a: Ends, b: Ends): Ends => {
      const found = new Map(a);
      for (const [stream, index] of b) found.set(stream, Math.min(index, found.get(stream) ?? index));
      return found;
    };
    return more.reduce(
      (a, b) => ({ ends: lowest(a.ends, b.ends), since: lowestSince(a.since, b.since) }),
      first,
    );
  }

  async function read(head: StreamHead, source: string): Promise<void> {
    const log = await workspace.log(ingestLog(source));
    for await (const record of log.read(new Map(head.next))) head.take(record);
  }

  /** One after the other, and none stops those behind it. */
  function inTurn(followed: Followed, work: () => Promise<void>): Promise<void> {
    followed.reading = followed.reading.then(work).then(
      () => told.clear(),
      (error: unknown) => {
        if (told.has(String(error))) return;
        told.add(String(error));
        onError(error);
      },
    );
    return followed.reading;
  }

  async function look(followed: Followed): Promise<void> {
    const { name } = followed.node;
    const log = await workspace.log(ingestLog(name));
    const mark = await log.mark();
    followed.lookedAt = performance.now();
    if (mark === followed.mark && !followed.hasGap) return;
    followed.hasGap = false;
    try {
      await read(followed.head, name);
      followed.mark = mark;
    } catch (error) {
      followed.hasGap = true;
      throw error;
    }
  }

  /** Begins anew with what states of these versions have not. */
  async function begin(followed: Followed, versions: readonly string[]): Promise<void> {
    const { contract } = followed.node.body;
    const head = new StreamHead(contract, neededFrom(followed.node.name, versions), followed.head.newest);
    const [oldest] = versions
      .flatMap((id) => state.version(id) ?? [])
      .toSorted((x, y) => x.snapshot - y.snapshot);
    if (oldest !== undefined) head.remember(await recentKeys(workspace, oldest, contract, REMEMBERED));
    await read(head, followed.node.name);
    followed.head = head;
    // What was taken meanwhile.
    followed.hasGap = true;
    await look(followed);
  }

  async function readNewest(body: FeaturesBody, dataset: string, t: Instant): Promise<NewestEvents> {
    const version = state.version(dataset);
    return (version && (await newestEvents(version, body.eventTime, workspace, t))) ?? new NewestEvents();
  }

  async function newestAt(body: FeaturesBody, dataset: string, t: Instant): Promise<Instant | null> {
    const head = all.get(body.from)?.head;
    // Of a stream one reading is enough: whatever comes to its table later comes through the head. Of others, a version never changes.
    const of = head === undefined ? `${dataset} ${body.eventTime}` : body.from;
    if (tables.size > 1000) tables.clear();
    const reading = tables.get(of) ?? readNewest(body, dataset, t);
    tables.set(of, reading);
    // What failed is asked again.
    reading.catch(() => tables.delete(of));
    const ofTable = (await reading).at(t);
    const ofHead = head === undefined ? null : head.newest.at(t);
    if (ofTable !== undefined && ofHead !== undefined) return later(ofTable, ofHead);
    // More rows of what was to come are past by now than it keeps; what the head has let go of is in the table.
    tables.delete(of);
    head?.recount(t);
    return newestAt(body, dataset, t);
  }

  for (const node of graph.nodes.values()) {
    if (!isStream(node)) continue;
    const features = [...graph.nodes.values()].filter(
      (one): one is Node<FeaturesBody> =>
        one.kind === 'features' && (one as Node<FeaturesBody>).body.from === node.name,
    );
    if (features.length === 0) continue;
    const followed: Followed = {
      ...{ node, features, mark: undefined, hasGap: true, lookedAt: -Infinity },
      head: new StreamHead(node.body.contract, cameTo(undefined, undefined)),
      ...{ reading: Promise.resolve(), waiting: undefined },
    };
    all.set(node.name, followed);
    await inTurn(followed, async () => {
      await begin(followed, await heldVersions(followed).catch(() => liveOf(node.name)));
    });
  }

  return {
    taken(source, record) {
      const followed = all.get(source);
      if (followed === undefined) return;
      if (followed.head.follows(record)) followed.head.take(record);
      else followed.hasGap = true;
    },
    async catchUp() {
      await Promise.all(
        [...all.values()].filter(isDue).map((followed) => {
          followed.waiting ??= inTurn(followed, async () => {
            followed.waiting = undefined;
            if (isDue(followed)) await look(followed);
          });
          return followed.waiting;
        }),
      );
    },
    reach(body, dataset) {
      const followed = all.get(body.from);
      if (followed === undefined || followed.head.reaches(endsOf(dataset))) return undefined;
      return inTurn(followed, async () => {
        if (followed.head.reaches(endsOf(dataset))) return;
        const held = await heldVersions(followed);
        await begin(followed, [...new Set([...held, dataset])]);
      });
    },
    of(body, dataset, entity, t) {
      const followed = all.get(body.from);
      if (followed === undefined) return undefined;
      const ends = endsOf(dataset);
      return { ...followed.head.of(body, ends, entity, t), position: followed.head.beyond(ends) };
    },
    newest: newestAt,
    rows: (source) => all.get(source)?.head.rows ?? 0,
    async forget() {
      for (const followed of all.values()) {
        const versions = await heldVersions(followed);
        if (versions.length > 0) followed.head.forget(neededFrom(followed.node.name, versions).ends);
      }
    },
  };
}

const isDue = ({ hasGap, lookedAt }: Followed): boolean =>
  hasGap || performance.now() - lookedAt >= LOOK_EVERY;

function later(a: Instant | null, b: Instant | null): Instant | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
