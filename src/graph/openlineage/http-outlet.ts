import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/index.ts';
import type { LineageEvent } from './event.ts';
import type { OnLost, Outlet } from './outlet.port.ts';

/** Lengths of time in milliseconds. */
export interface HttpTimes {
  /** One request may take so long. */
  readonly request: number;
  /** The longest wait before the second try; each further one doubles it. */
  readonly first: number;
  readonly longest: number;
  readonly attempts: number;
  /** Closing waits so long for what is still to be delivered. */
  readonly closing: number;
  /** Events that may wait at once. */
  readonly queue: number;
  /** Bytes that may wait at once. */
  readonly bytes: number;
}

const usual: HttpTimes = {
  ...{ request: 10_000, first: 500, longest: 30_000, attempts: 5, closing: 5_000 },
  ...{ queue: 2_000, bytes: 64 * 1024 * 1024 },
};

/** What failed, and whether it can pass. */
class Refused extends Error {
  readonly passing: boolean;
  readonly afterMs: number | undefined;
  constructor(message: string, passing: boolean, afterMs?: number) {
    super(message);
    this.passing = passing;
    this.afterMs = afterMs;
  }
}

/**
 * Posts events one after the other, as JSON. What fails for a passing reason (no connection, no answer in time, 408, 429, 5xx) is tried
 * again, each time after twice the wait; while nobody answers, each event is tried once, so that a dead server costs no time. What waits
 * is bounded; beyond that, and after closing, events are lost, and it is told once until one is taken again.
 */
export function httpOutlet(url: URL, key: string | undefined, times: Partial<HttpTimes> = {}): Outlet {
  const { request, first, longest, attempts, closing, queue, bytes } = { ...usual, ...times };
  /** Without query, where a key may stand. */
  const label = `${url.origin}${url.pathname}`;
  const waiting: { readonly body: string; readonly onLost: OnLost }[] = [];
  const closed = new AbortController();
  let size = 0;
  let lost = 0;
  let told = false;
  let down = false;
  let working: Promise<void> | undefined;

  const lose = (onLost: OnLost, why: string): void => {
    lost++;
    if (told) return;
    told = true;
    onLost(lost, `${label}: ${why}`);
  };

  async function post(body: string): Promise<void> {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(request)]);
    let answer: Response;
    try {
      answer = await fetch(url, {
        ...{ method: 'POST', body, signal },
        // A key is for the address that was named, and for no other.
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
      });
      // What it says beyond its status may be long, and is not read.
      await answer.body?.cancel();
    } catch (error) {
      throw new Refused(reasonOf(error, request), true);
    }
    if (answer.ok) return;
    const passing = answer.status === 408 || answer.status === 429 || answer.status >= 500;
    throw new Refused(`it answers ${answer.status}`, passing, retryAfter(answer));
  }

  async function deliver({ body, onLost }: (typeof waiting)[number]): Promise<void> {
    const most = down ? 1 : attempts;
    for (let attempt = 1; ; attempt++) {
      try {
        await post(body);
        down = false;
        told = false;
        return;
      } catch (thrown) {
        const error = thrown instanceof Refused ? thrown : new Refused(messageOf(thrown), false);
        if (error.passing && attempt < most && !closed.signal.aborted) {
          const wait = Math.min(longest, first * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
          await pause(Math.min(longest, error.afterMs ?? wait), closed.signal);
          // When time is up, what kept failing says more than that it is up.
          if (!closed.signal.aborted) continue;
        }
        down = error.passing;
        lose(onLost, error.message);
        return;
      }
    }
  }

  async function work(): Promise<void> {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (closed.signal.aborted) lose(next.onLost, 'they were not taken in time');
      else await deliver(next);
      waiting.shift();
      size -= next.body.length;
    }
  }

  return {
    send(event: LineageEvent, onLost) {
      const body = JSON.stringify(event);
      if (closed.signal.aborted) return lose(onLost, 'it is closed');
      if (waiting.length >= queue || size + body.length > bytes) return lose(onLost, 'too many wait for it');
      waiting.push({ body, onLost });
      size += body.length;
      working ??= work().finally(() => {
        working = undefined;
      });
    },
    settle: async () => {},
    async close() {
      const enough = new AbortController();
      if (working !== undefined)
        await Promise.race([working, pause(closing, enough.signal)]).finally(() => enough.abort());
      closed.abort();
      await working;
    },
  };
}

async function pause(millis: number, signal: AbortSignal): Promise<void> {
  await sleep(millis, undefined, { signal }).catch(() => {});
}

function reasonOf(error: unknown, request: number): string {
  const { name, cause } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${request / 1000} s`;
  if (name === 'AbortError') return 'they were not taken in time';
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return `it cannot be reached${code === undefined ? '' : ` (${code})`}`;
}

/** In milliseconds; undefined when it says nothing that we read. */
function retryAfter(answer: Response): number | undefined {
  const text = answer.headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}
