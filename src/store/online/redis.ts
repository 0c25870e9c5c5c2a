import { randomUUID } from 'node:crypto';
import { batches, type Change, changeOf, standingText } from './batches.ts';
import { keyText } from './key-text.ts';
import type { Found, OnlineStore, StateValue } from './online.port.ts';
import { overtaken } from './online-problem.ts';
import type { RedisAddress } from './redis-address.ts';
import { type Reply, redisConnection } from './redis-client.ts';
import { BEGIN, DROP, EVICT, FILL, FLIP, GET, MOVE, STANDING } from './redis-scripts.ts';

/** How long an answer may take, in milliseconds: a look-up, and a write of many. They go by connections of their own, so that no look-up waits behind a write. */
const READ_MS = 2000;
const WRITE_MS = 30_000;
/** Batches under way at once while filling. */
const AHEAD = 4;
/** Changes in one call: a command has at most a million arguments. Several calls are one transaction all the same. */
const MOST_CHANGES = 50_000;
/** States that one call takes away at most; all others wait meanwhile. */
const STEP = 1000;

/**
 * Feature state in a Redis server, under keys that begin with the project. A space is a hash of states by entity and a sorted set of
 * expiries, twice: one side is read, the other filled. Connects on first use.
 * @throws MILL_ONLINE_UNREACHABLE, MILL_ONLINE_REFUSED, MILL_ONLINE_EVICTS, MILL_ONLINE_WRITE_FAILED, MILL_ONLINE_PACKAGE_MISSING from its functions
 */
export function openOnlineRedis(address: RedisAddress & { readonly project: string }): OnlineStore {
  const reads = redisConnection(address, READ_MS);
  const writes = redisConnection(address, WRITE_MS);
  // In braces, so that what shares a server by hash slots keeps a project in one.
  const prefix = `millrace:{${address.project}}`;
  const list = `${prefix}:spaces`;
  const keysOf = (space: string): string[] => {
    const key = keyText(space);
    return ['mark', 'a', 'b', 'a-expiries', 'b-expiries']
      .map((part) => `${prefix}:${part}:${key}`)
      .concat(list);
  };
  /** The text itself each time: a server that was started anew, or another one in its place, need not know it. */
  const evalOf = (script: string, space: string, args: readonly string[]): string[] => [
    'EVAL',
    script,
    '6',
    ...keysOf(space),
    ...args,
  ];
  const write = async (script: string, space: string, ...args: string[]): Promise<Reply> =>
    (await writes.send([evalOf(script, space, args)]))[0] ?? null;

  async function look(asks: readonly { space: string; entities: readonly string[] }[]): Promise<Found[]> {
    const replies = await reads.send(
      asks.map(({ space, entities }) => evalOf(GET, space, [STANDING, ...entities.map(keyText)])),
    );
    return asks.map(({ entities }, i) => {
      const [coverage, ...states] = (replies[i] ?? []) as readonly (string | null)[];
      if (coverage === undefined || coverage === null)
        return { coverage: undefined, states: entities.map(() => undefined) };
      return { coverage: parsed(coverage), states: states.map(parsed) };
    });
  }

  return Object.freeze({
    fill: async (space, coverage, entries) => {
      const text = standingText(coverage);
      const name = randomUUID();
      await write(BEGIN, space, keyText(space), JSON.stringify(space), name);
      let entities = 0;
      const under: Promise<Reply>[] = [];
      const settle = async (): Promise<void> => {
        const more = Number(await under.shift());
        if (more < 0) throw overtaken(space);
        entities += more;
      };
      for await (const batch of batches(entries)) {
        const sent = write(FILL, space, name, ...batch.flatMap(textOf));
        // Awaited in its turn; until then its failure must not count as unhandled.
        sent.catch(() => {});
        under.push(sent);
        if (under.length === AHEAD) await settle();
      }
      while (under.length > 0) await settle();
      if (Number(await write(FLIP, space, name, text)) < 0) throw overtaken(space);
      return entities;
    },
    move: async (space, expected, next, changes) => {
      const [from, to] = [standingText(expected), standingText(next)];
      const texts = changes.map(changeOf).map(textOf);
      if (texts.length <= MOST_CHANGES)
        return Number(await write(MOVE, space, from, to, ...texts.flat())) > 0;
      // Each call looks where the space stands, and only the last one changes that: all of them do something, or none.
      const commands: string[][] = [];
      for (let i = 0; i < texts.length; i += MOST_CHANGES) {
        const last = i + MOST_CHANGES >= texts.length;
        const part = texts.slice(i, i + MOST_CHANGES).flat();
        commands.push(evalOf(MOVE, space, [from, last ? to : '', ...part]));
      }
      return Number((await writes.atomically(commands)).at(-1)) > 0;
    },
    get: look,
    coverage: async (space) => (await look([{ space, entities: [] }]))[0]?.coverage,
    evict: async (space, now, most) => {
      let taken = 0;
      while (taken < most) {
        const limit = Math.min(STEP, most - taken);
        const step = Number(await write(EVICT, space, String(now), String(limit)));
        taken += step;
        if (step < limit) break;
      }
      return taken;
    },
    drop: async (space) => {
      await write(DROP, space, keyText(space));
    },
    spaces: async () => {
      const [names] = await reads.send([['HVALS', list]]);
      return (names as readonly string[]).map((name) => JSON.parse(name) as string);
    },
    close: async () => {
      reads.close();
      writes.close();
    },
  } satisfies OnlineStore);
}

const textOf = ({ key, state, expires }: Change): string[] => [
  key,
  state ?? '',
  expires === undefined ? '' : String(expires),
];

const parsed = (text: string | null): StateValue | undefined =>
  text === null ? undefined : (JSON.parse(text) as StateValue);
