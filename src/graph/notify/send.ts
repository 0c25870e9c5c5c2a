import { formatInstant, SECOND } from '../../base/index.ts';
import type { Notice } from '../../store/state/index.ts';
import type { Graph } from '../project.ts';
import type { Workspace } from '../workspace.ts';
import type { Channel } from './declare.ts';
import { type Facts, fill, filled } from './form.ts';
import { post, type Surroundings } from './post.ts';

/** Somebody was told of a problem, or could not be. */
export interface Telling {
  /** Empty for the project as a whole. */
  readonly asset: string;
  readonly owner: string | undefined;
  /** `failed`, `rejected`, `breach` or `stale`. */
  readonly what: string;
  /** Whether it is told that it is over. */
  readonly over: boolean;
  /** One for each problem of the sort. */
  readonly messages: readonly string[];
  readonly todo: string;
  readonly run: string | null;
  readonly version: string | null;
}

export type NoticeEvent =
  | {
      readonly event: 'notice';
      readonly telling: Telling;
      readonly to: 'console' | 'webhook';
      /** Whether the steps of this very run have shown it. */
      readonly seen: boolean;
      /** Why the webhook was not reached; it is told at the next run. */
      readonly failed?: string;
    }
  /** What is amiss could not be noted or told. */
  | { readonly event: 'notices-failed'; readonly message: string };

export interface Sending extends Surroundings {
  readonly graph: Graph;
  readonly workspace: Workspace;
  readonly run: string | null;
  readonly console: boolean;
  /** Assets that this run has published: that they failed before is seen to be over. */
  readonly published: ReadonlySet<string>;
  readonly onEvent: (event: NoticeEvent) => void;
  /** Addresses that have failed just now: they are left alone until the next run. */
  readonly down: Set<string>;
}

/** In words: who is told of what. */
export const describeTelling = ({ asset, owner, what, over }: Telling): string =>
  `${owner ?? 'whom it concerns'}${asset === '' ? '' : ` of ${asset}`}: ${what}${over ? ' is over' : ''}`;

/** A message can quote what a file holds; of more than so many letters nobody reads on. */
const LONGEST = 2_000;
/** How long a receiver is left to one process, in microseconds: longer than all tries of one request take. */
const CLAIM = 240 * SECOND;

/** Sends all that is due to whom it concerns: problems of a sort of one asset together, each webhook's one after the other. */
export async function send(sending: Sending): Promise<void> {
  const { graph, workspace, console } = sending;
  const due = workspace.state.notices.due(Date.now() * 1000);
  const together = Map.groupBy(due, ({ asset, what, open }) => `${open} ${what} ${asset}`);
  const byChannel = Map.groupBy(together.values(), ([first]) => channelOf(graph, (first as Notice).asset));
  await Promise.all(
    [...byChannel].map(async ([channel, groups]) => {
      // Nobody reads it: it stays due for a run that somebody does read.
      if (channel === 'console' && !console) return;
      for (const group of groups) await sendOne(group, channel, sending);
    }),
  );
}

const ownerOf = (graph: Graph, asset: string): string | undefined => graph.nodes.get(asset)?.owner;

function channelOf(graph: Graph, asset: string): Channel {
  const { owners = {}, default: others = 'console' } = graph.running?.notify ?? {};
  const owner = ownerOf(graph, asset);
  return owner !== undefined && Object.hasOwn(owners, owner) ? (owners[owner] as Channel) : others;
}

async function sendOne(group: readonly Notice[], channel: Channel, sending: Sending): Promise<void> {
  const { graph, workspace, run, onEvent, down } = sending;
  const { notices } = workspace.state;
  if (channel !== 'console' && down.has(channel.url.env)) return;
  // A name of its own: two runs of one process are two.
  const by = `${run ?? 'look'} ${crypto.randomUUID()}`;
  const now = Date.now() * 1000;
  const mine = notices.claim(group, { by, now, until: now + CLAIM });
  const [first] = mine;
  if (first === undefined) return;
  let told = false;
  try {
    const telling = tellingOf(mine, ownerOf(graph, first.asset));
    const shown = sending.published.has(telling.asset);
    // A step that publishes says its checks, those that pass now and that of freshness among them; of what was not built no step says a word.
    const seen = telling.over
      ? shown
      : run !== null && telling.run === run && (shown || telling.what !== 'stale');
    const failed =
      channel === 'console'
        ? undefined
        : await post(channel, filled(channel.body, factsOf(telling, mine, graph)), sending);
    told = failed === undefined;
    if (channel !== 'console' && !told) down.add(channel.url.env);
    const to = channel === 'console' ? 'console' : 'webhook';
    onEvent({ event: 'notice', telling, to, seen, ...(failed === undefined ? {} : { failed }) });
  } finally {
    notices.settle(mine, by, told);
  }
}

function tellingOf(mine: readonly Notice[], owner: string | undefined): Telling {
  const [first] = mine as readonly [Notice];
  const { asset, what, open, run, version } = first;
  const todo = [...new Set(mine.map((notice) => notice.todo))].join(' ');
  return {
    asset,
    owner,
    what,
    over: !open,
    messages: mine.map(({ message }) => message),
    todo,
    run,
    version,
  };
}

function factsOf(telling: Telling, mine: readonly Notice[], graph: Graph): Facts {
  const { asset, owner = '', what, over, messages, todo, run, version } = telling;
  const at = Math.min(...mine.map((notice) => notice.at));
  const facts = {
    ...{ project: graph.name, asset, owner, what, state: over ? 'over' : 'open' },
    message: messages.join('\n').slice(0, LONGEST),
    ...{ todo, run: run ?? '', version: version ?? '', at: formatInstant(at) },
    id: `${graph.name}/${asset}/${what}/${at}/${over ? 'over' : 'open'}`,
  };
  const inAddress = Object.fromEntries(
    Object.entries(facts).map(([name, text]) => [name, encodeURIComponent(text)]),
  );
  return { ...facts, link: fill(graph.running?.notify?.link ?? '', inAddress) };
}
