import type { Instant } from '../../../base/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { LogRecord } from '../../../store/log/index.ts';
import { cameTo, ingestLog, type SourceBody, sourceVersionOf } from '../../source/index.ts';
import { coverageOf } from '../coverage.ts';
import { featuresVersionOf } from '../kind.ts';
import type { Head, Heads } from '../look-up.ts';
import type { FeaturesBody } from '../spec.ts';
import { StreamHead } from './stream-head.ts';

/** How long what other processes have appended may go unnoticed, in milliseconds. */
const LOOK_EVERY = 20;

/** The heads of a project's streams, kept up to date. */
export interface LiveHeads extends Heads {
  /** Told of each record that this process has appended to the log of a source. */
  accept(source: string, record: LogRecord): void;
  /** Forgets rows that every state holds by now. */
  forget(): Promise<void>;
  /** Rows that are held of a source. */
  size(source: string): number;
  /** The newest event time that the head of a dataset has, beyond a version of it. */
  newest(body: FeaturesBody, dataset: string): Instant | null;
}

/** The heads of the sources that rows are posted to and that features look at. Nothing is read before the first look. */
export function openHeads(graph: Graph, workspace: Workspace): LiveHeads {
  const { state, online } = workspace;
  const sources = new Map(
    [...graph.nodes.values()].flatMap((node) => {
      const { body } = node as Node<SourceBody>;
      return node.kind === 'source' && body.from.connector === 'stream'
        ? [[node.name, node as Node<SourceBody>]]
        : [];
    }),
  );
  const opened = new Map<string, Promise<StreamHead>>();
  const heads = new Map<string, StreamHead>();
  const known = new Map<string, ReadonlyMap<string, number>>();
  let looked = -Infinity;

  /** Up to where a version of a source has read its log. */
  function endsOf(source: string, dataset: string): ReadonlyMap<string, number> {
    let ends = known.get(dataset);
    if (ends === undefined) {
      const version = state.version(dataset);
      const progress = version && sourceVersionOf(version).reached?.progress;
      ends = cameTo(progress, state.logStart(ingestLog(source))).ends;
      // A version is what it is; only of one that is unknown more may be learnt.
      if (version !== undefined) known.set(dataset, ends);
    }
    return ends;
  }

  /** The least that states of features over a source hold. */
  async function least(source: string): Promise<ReadonlyMap<string, number>> {
    const spaces = new Set<string>();
    for (const node of graph.nodes.values()) {
      if (node.kind !== 'features' || (node.body as FeaturesBody).from !== source) continue;
      for (const version of state.versions(node.name)) spaces.add(featuresVersionOf(version).space);
    }
    let found: Map<string, number> | undefined;
    for (const space of spaces) {
      const covers = await online.standing(space);
      if (covers === undefined) continue;
      const ends = endsOf(source, coverageOf(covers).dataset);
      if (found === undefined) found = new Map(ends);
      else for (const [stream, end] of found) found.set(stream, Math.min(end, ends.get(stream) ?? 0));
    }
    if (found !== undefined) return found;
    const live = state.live(source);
    return live === undefined
      ? cameTo(undefined, state.logStart(ingestLog(source))).ends
      : endsOf(source, live.id);
  }

  async function open(source: Node<SourceBody>): Promise<StreamHead> {
    const log = await workspace.log(ingestLog(source.name));
    const head = new StreamHead(source, log, await least(source.name));
    heads.set(source.name, head);
    await head.readOn();
    return head;
  }

  return {
    async catchUp() {
      const now = performance.now();
      const due = now - looked >= LOOK_EVERY;
      if (due) looked = now;
      for (const [name, node] of sources) {
        const first = opened.get(name);
        if (first === undefined) {
          const opening = open(node);
          opened.set(name, opening);
          // One that could not be read is tried again by whoever asks next.
          opening.catch(() => opened.delete(name));
          await opening;
        } else if (due) await (await first).readOn();
        else await first;
      }
    },
    async of(body, dataset, entity) {
      const head = heads.get(body.from);
      if (head === undefined) return undefined;
      const ends = endsOf(body.from, dataset);
      if (!head.reaches(ends)) await head.reread(ends);
      return { rows: head.rowsOf(body, ends, entity), position: head.position(ends) } satisfies Head;
    },
    accept: (source, record) => heads.get(source)?.accept(record),
    async forget() {
      for (const [name, head] of heads) head.forget(await least(name));
    },
    size: (source) => heads.get(source)?.size ?? 0,
    newest: (body, dataset) => heads.get(body.from)?.newest(body, endsOf(body.from, dataset)) ?? null,
  };
}
