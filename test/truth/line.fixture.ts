import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { kinds } from '../../src/assets/index.ts';
import {
  graphOf,
  type Kinds,
  openWorkspace,
  type Project,
  type RunOptions,
  type RunResult,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import {
  by,
  col,
  type Duration,
  endpoint,
  entity,
  features,
  files,
  logistic,
  metric,
  model,
  project,
  requestFeatures,
  source,
  sql,
  table,
} from '../../src/index.ts';

/** An edit of the line. */
export interface LineChange {
  /** The least ROC-AUC at which the model passes. Default 0.5. */
  readonly minAuc?: number;
  /** The window of `spent`. Default 7d. */
  readonly spentOver?: Duration;
  /** The least amount of a payment. Default 0. */
  readonly least?: number;
  /** A version of the model goes live when a person says so. */
  readonly approval?: 'required';
  /** Rounds of training. Default 20. */
  readonly iterations?: number;
  /** What the request function uses from outside itself: added to the amount, or given in its place. Default 0. */
  readonly outside?: number | string;
}

/** A small line from files to an endpoint: every kind of asset once. */
export function line(change: LineChange = {}): Project {
  const payments = source('payments', {
    from: files('data/payments/*.csv'),
    columns: {
      payment_id: col.string(),
      card_id: col.string(),
      amount: col.double().between(change.least ?? 0, 1000),
      paid_at: col.timestamp(),
    },
    key: 'payment_id',
    eventTime: 'paid_at',
    partitionBy: [by.day('paid_at')],
  });
  const reports = source('reports', {
    from: files('data/reports/*.jsonl'),
    columns: { payment_id: col.string(), reported_at: col.timestamp() },
    key: 'payment_id',
    eventTime: 'reported_at',
  });
  const outcomes = table('outcomes', {
    columns: {
      payment_id: col.string(),
      card_id: col.string(),
      amount: col.double(),
      paid_at: col.timestamp(),
      is_fraud: col.boolean(),
    },
    key: 'payment_id',
    eventTime: 'paid_at',
    query: sql`
      select p.*, r.payment_id is not null as is_fraud
      from ${payments} p left join ${reports} r using (payment_id)`,
  });
  const card = entity('card', { key: 'card_id' });
  const activity = features('activity', {
    entity: card,
    from: payments,
    compute: ({ count, sum, last }) => ({
      payments_1d: count().over('1d'),
      spent: sum('amount').over(change.spentOver ?? '7d'),
      before: last('amount').over('30d'),
    }),
  });
  const { outside = 0 } = change;
  const surprise = requestFeatures('surprise', {
    request: { amount: col.double().between(0, 1000) },
    uses: { activity },
    compute: ({ request, activity }) => ({
      amount: typeof outside === 'number' ? request.amount + outside : outside,
      jump: activity.before === null ? null : request.amount - activity.before,
    }),
  });
  const fraud = model('fraud', {
    labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
    inputs: [activity, surprise],
    trainer: logistic({ iterations: change.iterations ?? 20 }),
    gates: [metric.rocAuc.atLeast(change.minAuc ?? 0.5)],
    ...(change.approval ? { approval: change.approval } : {}),
  });
  const screen = endpoint('screen', { model: fraud });
  return project('line', {
    payments,
    reports,
    outcomes,
    card,
    activity,
    surprise,
    fraud,
    screen,
  }) as unknown as Project;
}

/** Where the clock of every test stands: after all of the data. */
export const NOW = '2026-01-08T00:00:00Z';

const DAY = 86_400_000;

/** A file of payments: `rows` good ones, two that break rules and one whose key is in the file already. */
export function paymentsFile(file: number, rows = 60): string {
  const lines = ['payment_id,card_id,amount,paid_at'];
  for (let i = 0; i < rows; i++) {
    const at = new Date(Date.UTC(2026, 0, 1) + file * 2 * DAY + i * 47 * 60_000).toISOString();
    lines.push(`p${file}-${i},c${(i * 7 + file) % 9},${amountOf(file, i)},${at}`);
  }
  lines.push(`p${file}-0,c1,5,2026-01-01T00:00:00Z`);
  lines.push(`bad-${file},c1,-5,2026-01-01T00:00:00Z`, `worse-${file},"c,""1",much,never`);
  return `${lines.join('\n')}\n`;
}

const amountOf = (file: number, i: number): number => ((i * 37 + file * 11) % 100) + 0.25;

/** Fraud is what costs more than 80, with some exceptions. */
export function reportsFile(file: number, rows = 60): string {
  const lines: string[] = [];
  for (let i = 0; i < rows; i++)
    if (amountOf(file, i) > 80 !== (i % 11 === 0))
      lines.push(JSON.stringify({ payment_id: `p${file}-${i}`, reported_at: '2026-01-07T12:00:00Z' }));
  return `${lines.join('\n')}\n{"payment_id": broken\n`;
}

/** A folder of its own below the system's temporary one. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'millrace-'));
}

export function put(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** Files 0 and 1 of both sources. */
export function putFirstFiles(folder: string): void {
  for (const file of [0, 1]) {
    put(folder, `data/payments/${file}.csv`, paymentsFile(file));
    put(folder, `data/reports/${file}.jsonl`, reportsFile(file));
  }
}

/** A new file and a changed one. */
export function putLaterFiles(folder: string): void {
  put(folder, 'data/payments/2.csv', paymentsFile(2));
  put(folder, 'data/payments/0.csv', paymentsFile(0, 50));
  put(folder, 'data/reports/2.jsonl', reportsFile(2));
}

/** A project opened in a folder, to be run and looked at. */
export interface Bench {
  readonly folder: string;
  readonly workspace: Workspace;
  run(project: Project, options?: RunOptions & { kinds?: Kinds }): Promise<RunResult>;
  close(): Promise<void>;
}

/** Opens the real stores in a folder; without one, in a new folder that goes away on closing. */
export async function openBench(
  given?: string,
  env: Record<string, string> = { MILLRACE_CLOCK: NOW },
): Promise<Bench> {
  const folder = given ?? newFolder();
  const workspace = await openWorkspace(folder, env);
  return {
    folder,
    workspace,
    run: (declared, options = {}) => run(graphOf(declared), options.kinds ?? kinds, workspace, options),
    async close() {
      await workspace.close();
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What became of each step, for comparing: `payments create published`. */
export function told(result: RunResult): string[] {
  return result.steps.map(({ step, outcome }) => `${step.asset} ${step.action} ${outcome}`);
}
