import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, MillraceError, messageOf, reveal, SECOND, withoutSecrets } from '../../base/index.ts';
import { type RetryPolicy, waitBefore } from '../retry.ts';
import type { Webhook } from './declare.ts';

/** What a request has of the world around. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Once it is aborted, what fails is not tried again. */
  readonly stopping?: AbortSignal | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
}

const usual: RetryPolicy = { attempts: 3, first: 2 * SECOND, longest: 8 * SECOND };

/**
 * Sends a document by POST, again when that can help. Gives why it was not taken, without any secret; undefined when it was. Throws nothing.
 * A redirect is not followed: what is told is for the address that was named.
 */
export async function post(
  webhook: Webhook,
  body: Json,
  { environment, stopping, retry }: Surroundings,
): Promise<string | undefined> {
  const policy = { ...usual, ...retry };
  let request: Request;
  try {
    request = requestOf(webhook, body, environment);
  } catch (error) {
    return error instanceof MillraceError ? (error.problems[0]?.message ?? '') : messageOf(error);
  }
  for (let attempt = 1; ; attempt++) {
    const failure = await once(request, webhook.timeout);
    if (failure === undefined) return undefined;
    const why = `${webhook.url.env} ${withoutSecrets(failure.why, request.secrets)}`;
    if (!failure.passing || attempt >= policy.attempts || stopping?.aborted) return why;
    const wait = Math.min(policy.longest, failure.after ?? waitBefore(attempt + 1, policy, Math.random()));
    await sleep(wait / 1000, undefined, stopping ? { signal: stopping } : {}).catch(() => {});
  }
}

interface Request {
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly secrets: readonly string[];
}

interface Failure {
  readonly why: string;
  readonly passing: boolean;
  /** What Retry-After asks for, in microseconds. */
  readonly after?: number | undefined;
}

/** @throws MILL_SECRET_MISSING, MILL_WEBHOOK_INVALID */
function requestOf({ url, headers }: Webhook, body: Json, environment: Surroundings['environment']): Request {
  const address = reveal(url, environment);
  const parsed = URL.parse(address);
  if (
    parsed === null ||
    !/^https?:$/.test(parsed.protocol) ||
    parsed.username !== '' ||
    parsed.password !== ''
  )
    throw invalid(`${url.env} holds no http:// or https:// address without a user.`);
  const revealed = Object.entries(headers).map(
    ([name, value]) => [name, reveal(value, environment)] as const,
  );
  for (const [name, value] of revealed)
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw invalid(`The header '${name}' cannot be sent.`);
  const secrets = revealed.flatMap(([name, value]) => (typeof headers[name] === 'string' ? [] : [value]));
  return {
    url: parsed,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(revealed) },
    body: JSON.stringify(body),
    secrets: [address, parsed.href, parsed.pathname + parsed.search, ...secrets],
  };
}

const invalid = (message: string): MillraceError =>
  new MillraceError({
    code: 'MILL_WEBHOOK_INVALID',
    message,
    todo: 'Correct it in the environment of Millrace.',
    owner: 'project',
  });

async function once({ url, headers, body }: Request, timeout: number): Promise<Failure | undefined> {
  const signal = AbortSignal.timeout(timeout / 1000);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    // What it answers is of no interest, and may have no end.
    await response.body?.cancel().catch(() => {});
    const { status } = response;
    if (status >= 200 && status < 300) return undefined;
    if (status >= 300 && status < 400) return { why: `answers ${status}, a redirect`, passing: false };
    const passing = status >= 500 || status === 429 || status === 408;
    const seconds = /^\s*(\d{1,6})\s*$/.exec(response.headers.get('retry-after') ?? '')?.[1];
    const after = seconds === undefined ? undefined : Number(seconds) * SECOND;
    return { why: `answers ${status}`, passing, after };
  } catch (error) {
    if ((error as Error).name === 'TimeoutError')
      return { why: `does not answer within ${timeout / SECOND} s`, passing: true };
    // fetch says only that it failed; why is in the cause. Of that only the code: a message may hold the address.
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return { why: `cannot be reached: ${code ?? 'the connection failed'}`, passing: true };
  }
}
