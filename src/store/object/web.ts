import { MillraceError } from '../../base/index.ts';
import type { ObjectReader, Opened, StoredObject, Wanted } from './object.port.ts';

const TIMEOUT_MS = 30_000;

/**
 * One object behind an http:// or https:// address; its key is the address. A change is known by its ETag, or by Last-Modified and
 * length; a server that says neither is refused, since no change could be seen.
 */
export function openWeb(): ObjectReader {
  async function ask(
    key: string,
    method: 'HEAD' | 'GET',
    headers: Record<string, string>,
    signal?: AbortSignal,
  ) {
    // Only until the answer begins: a long body may take its time.
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), TIMEOUT_MS);
    try {
      return await fetch(key, {
        method,
        headers: { 'accept-encoding': 'identity', ...headers },
        signal: signal === undefined ? silent.signal : AbortSignal.any([signal, silent.signal]),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(key, silent.signal.aborted ? 'no answer in 30 seconds' : reasonOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  return Object.freeze({
    async find(key: string) {
      const answer = await ask(key, 'HEAD', {});
      if (answer.status === 404 || answer.status === 410) return undefined;
      refuseOthers(key, answer);
      return objectOf(key, answer);
    },
    async read({ key, etag, tag }: Wanted, from: number, signal?: AbortSignal): Promise<Opened> {
      const answer = await ask(
        key,
        'GET',
        {
          ...(etag === undefined ? {} : { 'if-match': etag }),
          ...(from === 0 ? {} : { range: `bytes=${from}-` }),
        },
        signal,
      );
      const end = async (told: 'changed' | 'gone'): Promise<Opened> => {
        await answer.body?.cancel();
        return told;
      };
      if (answer.status === 404 || answer.status === 410) return end('gone');
      if (answer.status === 412 || answer.status === 416) return end('changed');
      refuseOthers(key, answer);
      if (tag !== undefined && !tag.endsWith(` ${validatorOf(answer)}`)) return end('changed');
      const body = (answer.body ?? []) as AsyncIterable<Uint8Array>;
      // A server may take no notice of a range and begin at the beginning.
      return from > 0 && answer.status !== 206 ? without(body, from) : body;
    },
    close() {},
  } satisfies ObjectReader);
}

async function* without(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** What says whether it has changed. */
function validatorOf({ headers }: Pick<Response, 'headers'>): string | null {
  return headers.get('etag') ?? headers.get('last-modified');
}

function objectOf(key: string, { headers }: Response): StoredObject {
  const validator = validatorOf({ headers });
  const modified = headers.get('last-modified');
  const length = headers.get('content-length');
  if (validator === null || length === null)
    throw new MillraceError({
      code: 'MILL_CONNECTOR_REFUSED',
      message: `${addressOf(key)} says no ${length === null ? 'Content-Length' : 'ETag and no Last-Modified'}, so a change of it could not be seen.`,
      todo: 'Take it from a server that says them, or copy it into a folder.',
      owner: 'service',
    });
  return Object.freeze({
    key,
    address: addressOf(key),
    bytes: Number(length),
    modified: modified === null ? 0 : Date.parse(modified) * 1000,
    tag: `${length} ${validator}`,
    // A weak one is equal for contents that are nearly the same, so it may stand in no If-Match (RFC 9110, 13.1.1).
    ...(headers.get('etag')?.startsWith('"') === true ? { etag: validator } : {}),
  });
}

/** Without query, which may say who asks. */
function addressOf(key: string): string {
  const { origin, pathname } = new URL(key);
  return `${origin}${pathname}`;
}

function refuseOthers(key: string, { status, ok }: Response): void {
  if (ok) return;
  if (status >= 500 || status === 429 || status === 408) throw unreachable(key, `it answers ${status}`);
  throw new MillraceError({
    code: 'MILL_CONNECTOR_REFUSED',
    message: `${addressOf(key)} answers ${status}.`,
    todo: 'Correct the address, or see that it may be read without a login.',
    owner: 'project',
  });
}

function unreachable(key: string, reason: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CONNECTOR_UNREACHABLE',
    message: `${addressOf(key)} does not answer: ${reason}.`,
    todo: 'See that the server is there and its address is right; then run again. Nothing has changed.',
    owner: 'service',
    retry: true,
  });
}

/** fetch says only that it failed; why is in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}
