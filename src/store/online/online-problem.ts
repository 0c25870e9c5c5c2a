import { MillraceError, messageOf } from '../../base/index.ts';

/** A write of which nothing came. */
export function writeFailed(words: string, todo: string, cause?: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_ONLINE_WRITE_FAILED',
      message: `The online store could not be written: ${words}.`,
      todo,
      owner: 'service',
      retry: true,
    },
    { cause },
  );
}

/** A filling of which nothing came, because another filling of the same space began after it, or the space was dropped. */
export function overtaken(space: string): MillraceError {
  return writeFailed(
    `another process began to fill '${space.slice(0, 80)}' anew, or dropped it, before this filling had ended`,
    'Run again: what the other one made is taken, or made again.',
  );
}

/** Waits for a write to this machine's disk and gives its failure our form. */
export async function written<T>(write: PromiseLike<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    const reason = await reasonOf(error);
    throw writeFailed(messageOf(reason), 'Check the disk that holds it for space, then run again.', reason);
  }
}

/** Of a commit that failed, LMDB's own error is in a promise, which must not be left unheard. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  try {
    await commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}
