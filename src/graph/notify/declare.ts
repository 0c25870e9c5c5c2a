import {
  type Duration,
  type JsonObject,
  looksSecret,
  MINUTE,
  type Micros,
  nearest,
  parseDuration,
  SECOND,
  type Secret,
} from '../../base/index.ts';
import type { Asset } from '../asset.ts';
import { type Form, unknownPlaceholders } from './form.ts';

/** Where an owner is told. */
export type Channel = 'console' | Webhook;

/** An address that takes a JSON document by POST. */
export interface Webhook {
  readonly url: Secret;
  readonly headers: Readonly<Record<string, string | Secret>>;
  readonly body: Form;
  /** How long one request may take. */
  readonly timeout: Micros;
}

/** Who is told when something is amiss, and how. */
export interface Notify {
  /** By owner, as assets name them. */
  readonly owners?: Readonly<Record<string, Channel>>;
  /** For all others. Default: the console of the command that finds it. */
  readonly default?: Channel;
  /** What {{link}} stands for: `https://millrace.example.com/#{{asset}}`. */
  readonly link?: string;
}

export interface WebhookOptions {
  /** Of every request: `{ Authorization: env('TOKEN', { before: 'Bearer ' }) }`. */
  headers?: Readonly<Record<string, string | Secret>>;
  /**
   * What is sent: `'json'`, a document with all there is to say; `'slack'`, `{ text }` as Slack, Mattermost and others take it; or an object of
   * your own, in whose texts {{project}}, {{asset}}, {{owner}}, {{what}}, {{state}}, {{message}}, {{todo}}, {{run}}, {{version}}, {{at}}, {{id}}
   * and {{link}} are filled in. Default `'json'`.
   */
  body?: 'json' | 'slack' | JsonObject;
  /** How long one request may take, 1 to 60 seconds. Default 5s. */
  timeout?: Duration;
}

/**
 * Tells an owner by POST to an address that stands in the environment: `webhook(env('HOOK_URL'), { body: 'slack' })`. A request that fails for
 * a passing reason is made again twice; what still fails is told at the next run. It never fails a run.
 * @throws MILL_DURATION_INVALID
 */
export function webhook(url: Secret, options: WebhookOptions = {}): Webhook {
  const { headers = {}, body = 'json', timeout = '5s' } = options;
  return Object.freeze({
    url,
    headers: Object.freeze({ ...headers }),
    body,
    timeout: parseDuration(timeout),
  });
}

/** What does not add up in who is told and how, in words. */
export function notifyFaults(notify: Notify, assets: Readonly<Record<string, Asset>>): string[] {
  const faults: string[] = [];
  const owners = new Set(
    Object.values(assets).flatMap((asset) => asset['~'].nodes.flatMap(({ owner }) => owner ?? [])),
  );
  for (const owner of Object.keys(notify.owners ?? {})) {
    if (owners.has(owner)) continue;
    const near = nearest(owner, owners);
    faults.push(
      `notify names the owner '${owner}', which no asset has${near === undefined ? '' : `; the nearest is '${near}'`}`,
    );
  }
  const channels = [
    ...Object.entries(notify.owners ?? {}).map(([owner, to]) => [`'${owner}'`, to] as const),
    ...(notify.default === undefined ? [] : [['all others', notify.default] as const]),
  ];
  for (const [whom, to] of channels)
    if (to !== 'console') faults.push(...webhookFaults(to).map((fault) => `the webhook of ${whom} ${fault}`));
  for (const name of unknownPlaceholders(notify.link ?? ''))
    faults.push(`link has a placeholder {{${name}}}, which there is not`);
  return faults;
}

function webhookFaults({ url, headers = {}, body, timeout }: Webhook): string[] {
  if (typeof url?.env !== 'string' || url.env === '')
    return ["has no address from the environment: webhook(env('HOOK_URL'))"];
  const faults: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) faults.push(`has a header '${name}', which is no name`);
    if (typeof value === 'string' && looksSecret(name))
      faults.push(`has its header '${name}' written out; keep it in the environment: env('…')`);
  }
  for (const name of unknownPlaceholders(body))
    faults.push(`has a placeholder {{${name}}}, which there is not`);
  if (!(timeout >= SECOND && timeout <= MINUTE)) faults.push('has a timeout that is not from 1s to 60s');
  return faults;
}
