import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pointInTimeOracle } from '../../src/assets/feature/history/point-in-time.oracle.ts';
import { type FeaturesBody, kinds, rebuildFeatures } from '../../src/assets/index.ts';
import type { Node } from '../../src/graph/index.ts';
import { checked, type Graph, openWorkspace, run, type Workspace } from '../../src/graph/index.ts';
import { featuresOf } from '../../src/server/feature-answers.ts';
import { type Answer, newFolder, removeFolder, till } from '../../src/server/features.fixture.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import { type LiveServer, startServer } from './live-server.fixture.ts';

// Rows are posted to a server, which is killed now and then, while micro-batches, runs and rebuilds move its state on; every look-up is held
// against the truth: all rows that were acknowledged. Of rows of one key it is the one that the table has at the version which the answer names,
// or, where that has none, the last.

type Cell = string | number | boolean | null;
type Row = Readonly<Record<string, Cell>>;

const CARDS = ['c0', 'c1', 'ü', "it's", '😀'];
const USERS = ['u0', 'u1'];
const HOUR = 3_600_000;

const instantText = (millis: number): string => new Date(millis).toISOString();

/** An instant of the answers as microseconds. */
function microsOf(text: string): number {
  const [, whole, digits = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) as unknown as [string, string, string?];
  return Date.parse(`${whole}Z`) * 1000 + Number(digits.padEnd(6, '0'));
}

/** The conditions of the till's features, told apart from the room that compiles them. */
const holds = (condition: { readonly column?: string }, row: Row): boolean => {
  assert.equal(condition.column, 'country');
  return row['country'] !== null && row['country'] !== 'DE';
};

class Play {
  readonly #random: () => number;
  readonly #folder = newFolder();
  readonly #env: Readonly<Record<string, string>>;
  readonly #rows: Record<'payments' | 'clicks', Row[]> = { payments: [], clicks: [] };
  readonly #events = new Set<number>();
  #sent: object[] = [];
  /** By key, rows that others have taken the place of, or will have: the first one that was posted comes first. */
  readonly #changed = new Map<string, Row[]>();
  #server!: LiveServer;
  #workspace!: Workspace;
  #graph!: Graph;
  #n = 0;
  readonly counts: Record<string, number> = {};
  asked = 0;
  readonly datasets = new Set<string>();

  constructor(seed: number, env: Readonly<Record<string, string>>) {
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    this.#env = env;
  }

  async begin(): Promise<void> {
    this.#workspace = await openWorkspace(this.#folder, { MILLRACE_MEMORY: '500MB', ...this.#env });
    this.#graph = await checked(till, kinds, this.#workspace.engine);
    this.#server = await startServer(this.#folder, this.#env);
    await this.#post();
    await this.#clicks();
    const { ok, steps } = await run(this.#graph, kinds, this.#workspace);
    assert(ok, JSON.stringify(steps.map(({ problems }) => problems)));
  }

  async end(): Promise<void> {
    await this.#server?.kill();
    await this.#workspace?.close();
    removeFolder(this.#folder);
  }

  async step(): Promise<void> {
    const actions: readonly (readonly [number, string, () => Promise<unknown>])[] = [
      [30, 'post', () => this.#post()],
      [15, 'clicks', () => this.#clicks()],
      [5, 'again', () => this.#again()],
      [6, 'change', () => this.#change()],
      [40, 'look-up', () => this.#look()],
      [4, 'run', () => this.#run()],
      [2, 'rebuild', () => this.#rebuild()],
      [2, 'kill', () => this.#kill()],
      [2, 'cut off', () => this.#cutOff()],
      [3, 'wait', () => sleep(this.#random() * 500)],
    ];
    let at = this.#random() * actions.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, name, act] of actions) {
      at -= weight;
      if (at > 0) continue;
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      await act();
      return;
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  /** Mostly of just now; some late by minutes or weeks, some known only in a while, some with the instant of another. */
  #instant(): number {
    const now = Date.now();
    const late = this.#random();
    if (late < 0.5) return now - 5;
    if (late < 0.7) return now - Math.floor(this.#random() * 2 * HOUR);
    if (late < 0.9) return now - Math.floor(this.#random() * 40 * 24 * HOUR);
    if (late < 0.95) return now + Math.floor(this.#random() * 3_000);
    return this.#events.size === 0 ? now - 5 : this.#pick([...this.#events]);
  }

  #payment(): { json: object; row: Row } {
    const id = this.#n++;
    const millis = this.#instant();
    this.#events.add(millis);
    const json = {
      ...{ payment_id: `p${id}`, card_id: this.#pick(CARDS) },
      amount: Math.round(this.#random() * 100_000) / 100,
      country: this.#pick(['DE', 'FR', null]),
      paid_at: instantText(millis),
    };
    return { json, row: { ...json, paid_at: millis * 1000, _row_id: id } };
  }

  async #send(source: string, rows: readonly object[], key?: string): Promise<void> {
    const response = await fetch(`${this.#server.address}/v1/ingest/${source}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(rows),
    });
    assert.equal(response.status, 200, await response.text());
  }

  async #post(): Promise<void> {
    const made = Array.from({ length: 1 + Math.floor(this.#random() * 5) }, () => this.#payment());
    // One that is set aside is seen by nobody.
    const bad = this.#random() < 0.2 ? [{ ...made[0]?.json, payment_id: `bad${this.#n++}`, amount: -1 }] : [];
    await this.#send('payments', [...bad, ...made.map(({ json }) => json)]);
    this.#rows.payments.push(...made.map(({ row }) => row));
    this.#sent = made.map(({ json }) => json);
  }

  /** Without a key in the contract, under an Idempotency-Key, sometimes twice. */
  async #clicks(): Promise<void> {
    const key = `k${this.#n++}`;
    const made = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => {
      const at = this.#instant();
      const seen = at + Math.floor(this.#random() * 4_000) - 1_000;
      const json = { user_id: this.#pick(USERS), item: Math.floor(this.#random() * 3) };
      return {
        json: { ...json, at: instantText(at), seen_at: instantText(seen) },
        row: { ...json, at: at * 1000, seen_at: seen * 1000, _row_id: this.#n++ },
      };
    });
    const rows = made.map(({ json }) => json);
    await this.#send('clicks', rows, key);
    if (this.#random() < 0.3) await this.#send('clicks', rows, key);
    this.#rows.clicks.push(...made.map(({ row }) => row));
  }

  /** What has a key and comes again, as it was, changes nothing, but for its place among rows of one instant. */
  async #again(): Promise<void> {
    const lone = this.#sent.filter((json) => {
      const { paid_at } = json as { paid_at: string };
      return this.#rows.payments.filter((row) => row['paid_at'] === microsOf(paid_at)).length === 1;
    });
    if (lone.length > 0) await this.#send('payments', lone);
  }

  /** Another value under a key that was there before, for the same card or another one, at an instant of its own. */
  async #change(): Promise<void> {
    const before = this.#pick(this.#rows.payments);
    const id = before['payment_id'] as string;
    // What was posted last may be sent again as it was, which would change it back.
    if (this.#sent.some((one) => (one as Row)['payment_id'] === id)) return;
    const { json, row } = this.#payment();
    // All others have whole milliseconds.
    const micros = 1 + (this.#n % 999);
    const at = row['paid_at'] as number;
    const paid_at = instantText(at / 1000).replace('Z', `${String(micros).padStart(3, '0')}Z`);
    const changed = { ...row, payment_id: id, paid_at: at + micros };
    this.#changed.set(id, [...(this.#changed.get(id) ?? [before]), changed]);
    await this.#send('payments', [{ ...json, payment_id: id, paid_at }]);
  }

  /** The row of each changed key that is to be seen beside a version of the table: by what it holds of that key, or the last. */
  async #seen(dataset: string): Promise<Map<string, Row>> {
    if (this.#changed.size === 0) return new Map();
    const { state, lake, engine } = this.#workspace;
    const table = lake.table('payments', state.version(dataset)?.snapshot) as TableState;
    const session = await engine.session();
    try {
      const keys = [...this.#changed.keys()].map((id) => `'${id}'`).join(', ');
      const there = new Map(
        (
          await session.rows<{ id: string; at: number }>(
            `select payment_id as id, epoch_us(paid_at) as at from ${session.scan(table)} where payment_id in (${keys})`,
          )
        ).map(({ id, at }) => [id, at]),
      );
      return new Map(
        [...this.#changed].map(([id, versions]) => {
          const at = there.get(id);
          const held = at === undefined ? versions.at(-1) : versions.find((row) => row['paid_at'] === at);
          assert(held !== undefined, `${id} of ${at} was never posted`);
          return [id, held];
        }),
      );
    } finally {
      session.close();
    }
  }

  async #look(): Promise<void> {
    const pairs = USERS.flatMap((user_id) => [0, 1, 2].map((item) => ({ user_id, item })));
    const cards = [...CARDS, 'nobody'].map((card_id) => ({ card_id }));
    const response = await fetch(`${this.#server.address}/v1/features`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ card_activity: cards, pair_activity: pairs }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    const answers = (await response.json()) as Record<string, Answer>;
    const seen = await this.#seen((answers['card_activity'] as Answer).dataset);
    const payments = this.#rows.payments.map((row) => seen.get(row['payment_id'] as string) ?? row);
    const rows = { payments, clicks: this.#rows.clicks };
    for (const [name, { body }] of featuresOf(this.#graph))
      this.#compare(body, answers[name] as Answer, rows);
  }

  #compare(
    body: FeaturesBody,
    { entities, asOf, dataset, headRows }: Answer,
    rows: Readonly<Record<string, readonly Row[]>>,
  ): void {
    this.datasets.add(dataset);
    const all = rows[body.from] as readonly Row[];
    for (const { key, values } of entities) {
      const own = all.filter((row) => body.entity.keys.every((name) => row[name] === (key as Row)[name]));
      const truth = pointInTimeOracle(body, own, microsOf(asOf), holds as never);
      const told = Object.fromEntries(
        body.features.map(({ name, type }) => {
          const value = values[name] ?? null;
          return [name, type === 'timestamp' && value !== null ? microsOf(value as string) : value];
        }),
      );
      assert.deepEqual(told, truth, `${JSON.stringify(key)} as of ${asOf}, ${dataset} and ${headRows} rows`);
      this.asked++;
    }
  }

  /** Beside the server's own micro-batches: who comes second plans again, or leaves it to the other. */
  async #run(): Promise<void> {
    await run(this.#graph, kinds, this.#workspace);
  }

  async #rebuild(): Promise<void> {
    const node = this.#pick([...featuresOf(this.#graph).values()]) as Node<FeaturesBody>;
    await rebuildFeatures(node, this.#workspace);
  }

  async #kill(): Promise<void> {
    await this.#server.kill();
    this.#server = await startServer(this.#folder, this.#env);
  }

  /** Killed while rows are on their way: they are sent again, and are there once. */
  async #cutOff(): Promise<void> {
    const made = Array.from({ length: 5 }, () => this.#payment()).filter(
      ({ row }) => !this.#rows.payments.some((other) => other['paid_at'] === row['paid_at']),
    );
    const rows = [...new Map(made.map((one) => [one.row['paid_at'], one])).values()];
    if (rows.length === 0) return;
    const list = rows.map(({ json }) => json);
    const sending = this.#send('payments', list).catch(() => undefined);
    await sleep(this.#random() * 6);
    await this.#kill();
    await sending;
    await this.#send('payments', list);
    this.#rows.payments.push(...rows.map(({ row }) => row));
  }
}

/** Plays for so long, and says what was done. */
export async function playLive(
  t: TestContext,
  millis: number,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}: TEST_SEED=${seed} does the same, as far as a clock can`);
  const play = new Play(seed, env);
  try {
    await play.begin();
    for (const until = Date.now() + millis; Date.now() < until; ) await play.step();
    t.diagnostic(
      `${play.asked} entities looked up over ${play.datasets.size} versions: ${JSON.stringify(play.counts)}`,
    );
    assert(play.asked > 100);
    assert(play.datasets.size > 3);
  } finally {
    await play.end();
  }
}
