import { MillraceError, messageOf, withoutSecrets } from '../../../base/index.ts';
import type { Outside } from './outside.ts';

/** How often a request is made before it has failed: at worst 31 s of waiting. */
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 1_000;
/** A service that wants a longer wait is asked again by the next run. */
const LONGEST_WAIT_MS = 300_000;
const REDIRECTS = 5;
/** One answer. An API that sends more at once has pages. */
export const ANSWER_BYTES = 64 * 1024 * 1024;

export interface Request {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** To be in no message. */
  readonly secrets: readonly string[];
  /** How messages name what was asked: without query. */
  readonly label: string;
}

export interface Answer {
  readonly text: string;
  readonly link: string | null;
  /** After redirects. */
  readonly url: URL;
}

/** Failed for a reason that may pass. */
class Passing extends Error {
  readonly afterMs: number | undefined;
  constructor(message: string, afterMs?: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/**
 * One GET, repeated while it fails for a passing reason: after 1 s, 2 s, 4 s, …, each taken by half or more at random, so that many
 * who failed at once do not come back at once; or after what Retry-After says.
 * @throws MILL_CONNECTOR_UNREACHABLE, MILL_CONNECTOR_REFUSED, MILL_CONNECTOR_ANSWER
 */
export async function get(request: Request, outside: Outside): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await getOnce(request, outside);
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      const wait = error.afterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + outside.random() / 2);
      if (attempt === ATTEMPTS || wait > LONGEST_WAIT_MS) throw unreachable(request, error, attempt, wait);
      await outside.wait(wait);
    }
  }
}

async function getOnce(request: Request, outside: Outside): Promise<Answer> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  let { url, headers } = request;
  for (let redirects = 0; ; redirects++) {
    let response: Response;
    try {
      response = await fetch(url, {
        headers: { accept: 'application/json', ...headers },
        redirect: 'manual',
        signal,
      });
    } catch (error) {
      throw new Passing(reasonOf(error, request));
    }
    const to = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && to !== null) {
      await response.body?.cancel().catch(() => {});
      const next = URL.parse(to, url.href);
      if (redirects === REDIRECTS) throw wrong(request, `it redirects more than ${REDIRECTS} times`);
      if (next === null || !/^https?:$/.test(next.protocol))
        throw wrong(request, 'it redirects to no address');
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw wrong(request, 'it redirects from https to http');
      // Another host is another party: what was meant for the first is not told to it.
      if (next.origin !== url.origin) headers = {};
      url = next;
      continue;
    }
    return await answerOf(response, request, url, outside);
  }
}

async function answerOf(response: Response, request: Request, url: URL, outside: Outside): Promise<Answer> {
  const { status } = response;
  if (status === 429 || status >= 500 || status === 408) {
    await response.body?.cancel().catch(() => {});
    throw new Passing(`it answers ${status}`, retryAfter(response.headers.get('retry-after'), outside));
  }
  if (status !== 200) {
    const words = await bodyOf(response, request).catch(() => '');
    throw refused(request, status, words);
  }
  return { text: await bodyOf(response, request), link: response.headers.get('link'), url };
}

/** A body as text, no larger than the bound, unpacked. A body that breaks off is a passing failure. */
async function bodyOf(response: Response, request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new Passing(`its answer breaks off: ${reasonOf(error, request)}`);
  }
  if (bytes > ANSWER_BYTES)
    throw wrong(request, `one answer is larger than ${ANSWER_BYTES / 1024 / 1024} MB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw wrong(request, 'its answer is not UTF-8');
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
export function retryAfter(header: string | null, outside: Outside): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isFinite(at) ? Math.max(0, at - outside.now()) : undefined;
}

function reasonOf(error: unknown, { timeoutMs, secrets }: Request): string {
  if ((error as Error).name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  // fetch says only that it failed; why is in the cause.
  const { cause } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return withoutSecrets(code ?? messageOf(cause ?? error), secrets);
}

function unreachable(
  { label }: Request,
  { message, afterMs }: Passing,
  attempts: number,
  wait: number,
): MillraceError {
  const later =
    afterMs === undefined || attempts === ATTEMPTS ? '' : ` and wants ${Math.ceil(wait / 1000)} s of peace`;
  return new MillraceError({
    code: 'MILL_CONNECTOR_UNREACHABLE',
    message: `${label} cannot be read: ${message}${later}, at attempt ${attempts}.`,
    todo: 'See that the service is there; then run again. Nothing has changed.',
    owner: 'service',
    retry: true,
  });
}

function refused({ label, secrets }: Request, status: number, words: string): MillraceError {
  const said = withoutSecrets(words, secrets).replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return new MillraceError({
    code: 'MILL_CONNECTOR_REFUSED',
    message: `${label} answers ${status}${said === '' ? '' : `: ${said}`}`.replace(/\.?$/, '.'),
    todo:
      status === 401 || status === 403
        ? 'See that the secret in its headers or query is the right one.'
        : 'Mend the url, query or headers of the source.',
    owner: 'project',
  });
}

/** An answer that is not what was declared. */
export function wrong({ label }: Pick<Request, 'label'>, what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CONNECTOR_ANSWER',
    message: `${label} cannot be read: ${what}.`,
    todo: 'See what the service answers, and declare the source accordingly.',
    owner: 'data',
  });
}
