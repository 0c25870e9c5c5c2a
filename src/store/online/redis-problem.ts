import { MillraceError, messageOf, withoutSecrets } from '../../base/index.ts';
import { writeFailed } from './online-problem.ts';
import type { RedisAddress } from './redis-address.ts';

/** Nothing came back in time. */
export const tooLate = (ms: number): Error => new Error(`no answer within ${ms / 1000} s`);

/**
 * What a server or the way to it said, in our form. The password is in none, and of what a server answers only the first word where it could
 * repeat what it was sent.
 */
export function redisProblem(
  error: unknown,
  answered: boolean,
  { password, host, port }: RedisAddress,
): MillraceError {
  if (error instanceof MillraceError) return error;
  // A transaction gives all answers; one that failed is as good as any other.
  const { replies, errorIndexes } = error as { replies?: unknown[]; errorIndexes?: number[] };
  const message = messageOf(replies?.[errorIndexes?.[0] ?? -1] ?? error);
  const safe = withoutSecrets(message, password === undefined ? [] : [password]).replace(/\.$/, '');
  // Before Redis 7, what a script's command met with stands within the message.
  const word = answered
    ? (/(?:^|: -?)(OOM|MISCONF|READONLY|NOREPLICAS)\b/.exec(message) ?? /^([A-Z]+)/.exec(message))?.[1]
    : undefined;
  if (!answered) return unreachable(safe || (error as { code?: string }).code || 'no connection');
  if (/^(LOADING|BUSY|TRYAGAIN|MASTERDOWN|CLUSTERDOWN)$/.test(word ?? '')) return unreachable(safe);
  if (/^(OOM|MISCONF|READONLY|NOREPLICAS|EXECABORT)$/.test(word ?? ''))
    return writeFailed(
      `Redis says ${safe}`,
      'See that the server has memory and disk to spare and is the one that takes writes; then run again.',
    );
  return new MillraceError({
    code: 'MILL_ONLINE_REFUSED',
    message: `Redis at ${host}:${port} refuses: ${/^(WRONGPASS|NOAUTH|NOPERM)$/.test(word ?? '') ? safe : (word ?? 'without a reason')}.`,
    todo: 'Mend user, password and database in MILLRACE_ONLINE, or the rights of that user; a cluster is not supported.',
    owner: 'project',
  });

  function unreachable(words: string): MillraceError {
    return new MillraceError({
      code: 'MILL_ONLINE_UNREACHABLE',
      message: `Redis at ${host}:${port} does not answer: ${words}.`,
      todo: 'See that the server runs and that MILLRACE_ONLINE is right; then try again.',
      owner: 'service',
      retry: true,
    });
  }
}

export function evicting(policy: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ONLINE_EVICTS',
    message: `Redis throws away what it likes when memory is short (maxmemory-policy ${policy}): a whole features asset at once, and endpoints would stop.`,
    todo: 'Set maxmemory-policy to noeviction (CONFIG SET maxmemory-policy noeviction), or name another server in MILLRACE_ONLINE.',
    owner: 'service',
  });
}
