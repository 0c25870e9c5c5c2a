import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kinds } from '../assets/index.ts';
import { checked, type Graph, openWorkspace, type Project, run, type Workspace } from '../graph/index.ts';

const frontDoor = new URL('../index.ts', import.meta.url).href;

/** A small project as a user has it on disk: a file of declarations, and data beside it. */
export interface Shop {
  readonly folder: string;
  readonly projectFile: string;
  /** More payments, so that the next run has something to publish. */
  deliver(day: number): void;
  remove(): void;
}

const DAY = 86_400_000;
const START = Date.parse('2026-08-01T00:00:00Z');

/** Payments of one day. Every fourth is large, and large ones abroad are fraud. */
function paymentsOf(day: number): string {
  const lines = ['payment_id,card_id,amount,country,items,is_first,seen_at,paid_at,is_fraud'];
  for (let i = 0; i < 12; i++) {
    const n = day * 12 + i;
    const at = new Date(START + day * DAY + i * 7_000_000).toISOString();
    const large = n % 4 === 0;
    const abroad = n % 3 === 0;
    const seen = n % 5 === 0 ? '' : at;
    lines.push(
      `p${n},c${n % 7},${large ? 900 + n : 5 + (n % 40)},${abroad ? 'FR' : 'DE'},${n % 6 === 0 ? '' : n % 9},${n % 2 === 0},${seen},${at},${large && abroad}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Writes the project and `days` files of data into a folder of their own. */
export function makeShop(days = 40): Shop {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-shop-'));
  const deliver = (day: number): void =>
    writeFileSync(join(folder, 'data', `payments-${String(day).padStart(3, '0')}.csv`), paymentsOf(day));
  mkdirSync(join(folder, 'data'));
  for (let day = 0; day < days; day++) deliver(day);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const projectFile = join(folder, 'project.ts');
  writeFileSync(projectFile, declarations);
  return { folder, projectFile, deliver, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const declarations = `
import { col, endpoint, entity, features, files, logistic, model, project, requestFeatures, source } from ${JSON.stringify(frontDoor)};

const payments = source('payments', {
  from: files('data/*.csv'),
  owner: '<b>"risk" & co</b>',
  columns: {
    payment_id: col.string(),
    card_id: col.string().pii(),
    amount: col.double().between(0, 50_000).describe('in euros'),
    country: col.string().oneOf('DE', 'FR', 'US'),
    items: col.integer().nullable(),
    is_first: col.boolean(),
    seen_at: col.timestamp().nullable(),
    paid_at: col.timestamp(),
    is_fraud: col.boolean(),
  },
  key: 'payment_id',
  eventTime: 'paid_at',
});
const card = entity('card', { key: 'card_id' });
const activity = features('activity', {
  entity: card,
  from: payments,
  compute: ({ count, sum, last }) => ({
    payments_24h: count().over('24h'),
    spent_7d: sum('amount').over('7d'),
    country_before: last('country').over('30d'),
  }),
});
const asked = requestFeatures('asked', {
  request: {
    amount: col.double().between(0, 50_000).describe('in euros'),
    country: col.string().oneOf('DE', 'FR', 'US').matches(/^[DF]/),
    items: col.integer().nullable(),
    is_first: col.boolean(),
    seen_at: col.timestamp().nullable(),
  },
  uses: { activity },
  compute: ({ request, activity }) => ({
    amount: request.amount,
    large_abroad: request.amount > 500 && request.country === 'FR' ? 1 : 0,
    same_country: activity.country_before === request.country,
    seen_hour: request.seen_at === null ? null : request.seen_at.getUTCHours(),
  }),
});
const fraud = model('fraud', {
  labels: { from: payments, target: 'is_fraud', at: 'paid_at', knownAfter: '1d' },
  inputs: [activity, asked],
  trainer: logistic(),
});
const screen = endpoint('screen', { model: fraud, description: '<script>alert("held back?")</script>' });

export default project('shop & sons', { payments, card, activity, asked, fraud, screen });
`;

/** A project opened in this process. */
export interface OpenShop {
  readonly graph: Graph;
  readonly workspace: Workspace;
  /** Brings what is live in line with what was delivered. @throws when a step did not go through */
  run(): Promise<void>;
}

/** Opens a shop as a process of its own would. */
export async function openShop(shop: Shop): Promise<OpenShop> {
  const { default: project } = (await import(pathToFileURL(shop.projectFile).href)) as { default: Project };
  const workspace = await openWorkspace(shop.folder, { MILLRACE_MEMORY: '500MB' });
  const graph = await checked(project, kinds, workspace.engine);
  return {
    graph,
    workspace,
    async run() {
      const result = await run(graph, kinds, workspace);
      if (!result.ok) throw new Error(JSON.stringify(result.steps.filter((s) => s.outcome !== 'published')));
    },
  };
}

/** A question that `screen` accepts. */
export const question = {
  card_id: 'c3',
  amount: 912.5,
  country: 'FR',
  items: 2,
  is_first: false,
  seen_at: '2026-09-01T12:00:00+02:00',
};
