import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { col, entity, features, kinds, source, stream } from '../assets/index.ts';
import type { Clock } from '../base/index.ts';
import { checked, type Graph, openWorkspace, type Project, run, type Workspace } from '../graph/index.ts';
import { createServer, type ServerOptions } from './app.ts';

// A project that rows are posted to, with features over them.

const columns = {
  payment_id: col.string(),
  card_id: col.string(),
  amount: col.double().between(0, 50_000),
  country: col.string().nullable(),
  paid_at: col.timestamp(),
};
/** With a key: posting again replaces. */
const payments = source('payments', { from: stream(), columns, key: 'payment_id', eventTime: 'paid_at' });
/** Without. */
const clicks = source('clicks', {
  from: stream(),
  columns: { user_id: col.string(), item: col.integer(), at: col.timestamp(), seen_at: col.timestamp() },
  eventTime: 'at',
  availableAt: 'seen_at',
});
export const card = entity('card', { key: 'card_id' });
const pair = entity('pair', { key: ['user_id', 'item'] });

export const cardActivity = features('card_activity', {
  entity: card,
  from: payments,
  fresh: '1h',
  compute: ({ count, sum, mean, max, last, lastK, row }) => ({
    payments_all: count().over('lifetime'),
    spent_30d: sum('amount').over('30d'),
    usual_30d: mean('amount').over('30d'),
    largest: max('amount').over('30d'),
    last_country: last('country').over('30d'),
    last_at: last('paid_at').over('30d'),
    countries: lastK('country', 3).over('30d'),
    abroad: count().where(row.country.isNot('DE')).over('30d'),
  }),
});
export const pairActivity = features('pair_activity', {
  entity: pair,
  from: clicks,
  compute: ({ count, distinct, sinceLast, last }) => ({
    clicks_1h: count().over('1h'),
    items: distinct('item').over('lifetime'),
    idle: sinceLast().over('30d'),
    last_at: last('seen_at').over('12h'),
  }),
});

export const till = {
  name: 'till',
  assets: { payments, clicks, card, pair, cardActivity, pairActivity },
  place: { file: 'till.ts', line: 1, column: 1 },
} as unknown as Project;

/** The same after an edit of its features of cards. */
export const editedTill: Project = {
  ...till,
  assets: {
    ...till.assets,
    cardActivity: features('card_activity', {
      entity: card,
      from: payments,
      compute: ({ count }) => ({ payments_all: count().over('lifetime'), today: count().over('1d') }),
    }),
  },
};

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'millrace-till-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export interface Till {
  readonly app: FastifyInstance;
  readonly graph: Graph;
  readonly workspace: Workspace;
  readonly errors: unknown[];
  run(): Promise<void>;
  post(source: string, rows: readonly object[], headers?: Record<string, string>): Promise<void>;
  card(id: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly entities: { readonly key: object; readonly values: Readonly<Record<string, unknown>> }[];
  readonly asOf: string;
  readonly dataset: string;
  readonly snapshot: number;
  readonly freshness: { newest: string | null; age: number | null; atMost: number | null; stale: boolean };
  readonly headRows: number;
}

/** Opens the project as a server process of its own would. Micro-batches come when they are asked for, unless `options` say otherwise. */
export async function openTill(
  folder: string,
  options: ServerOptions = {},
  env: Readonly<Record<string, string>> = {},
  clockOf: (own: Clock) => Clock = (own) => own,
): Promise<Till> {
  const opened = await openWorkspace(folder, { MILLRACE_MEMORY: '500MB', ...env });
  const workspace = { ...opened, clock: clockOf(opened.clock) };
  const graph = await checked(till, kinds, workspace.engine);
  const errors: unknown[] = [];
  const app = await createServer(graph, workspace, {
    ingest: { every: 3_600_000 },
    ...options,
    onError: (error) => errors.push(error),
  });
  return {
    ...{ app, graph, workspace, errors },
    async run() {
      const { ok, steps } = await run(graph, kinds, workspace);
      if (!ok) throw new Error(JSON.stringify(steps.map(({ problems, outcome }) => [outcome, problems])));
    },
    async post(source, rows, headers = {}) {
      const answer = await app.inject({
        method: 'POST',
        url: `/v1/ingest/${source}`,
        payload: rows,
        headers,
      });
      if (answer.statusCode !== 200) throw new Error(answer.body);
    },
    async card(id) {
      const answer = await app.inject({
        url: `/v1/features/card_activity?card_id=${encodeURIComponent(id)}`,
      });
      if (answer.statusCode !== 200) throw new Error(answer.body);
      return answer.json<Answer>();
    },
    async close() {
      await app.close();
      await workspace.close();
    },
  };
}

/** A payment of just before now, so that it is known. */
export const payment = (n: number, card_id: string, more: object = {}): object => ({
  ...{ payment_id: `p${n}`, card_id, amount: 10 + n, country: n % 2 === 0 ? 'DE' : 'FR' },
  paid_at: new Date(Date.now() - 5_000).toISOString(),
  ...more,
});
