import { MillraceError } from './problem.ts';

/** What to do about it, by the system's own code. What passes by itself, or once somebody has made room, can be tried again. */
const known: Readonly<Record<string, { readonly todo: string; readonly retry: boolean }>> = {
  ENOSPC: { todo: 'Make room on the disk, then try again.', retry: true },
  EDQUOT: { todo: 'Make room within the quota, then try again.', retry: true },
  EFBIG: { todo: 'Raise the limit of the size of files (ulimit -f).', retry: false },
  EIO: { todo: 'Look whether the disk is sound, then try again.', retry: true },
  EROFS: { todo: 'Put the project on a disk that may be written to.', retry: false },
  EACCES: { todo: 'Give this process the right to read and write there.', retry: false },
  EPERM: { todo: 'Give this process the right to read and write there.', retry: false },
  EMFILE: { todo: 'Raise the limit of open files (ulimit -n), then try again.', retry: true },
  ENFILE: { todo: 'Raise the limit of open files of this machine, then try again.', retry: true },
  ENOMEM: { todo: 'Give the machine more memory, then try again.', retry: true },
  EBUSY: { todo: 'Try again once no other program holds the file.', retry: true },
};

/**
 * A failure of the disk or of the machine in our form: MILL_SYSTEM_FAILED. Undefined for everything else, a file that is not there among
 * it: that is for whoever looked for it to explain.
 */
export function systemFailure(error: unknown): MillraceError | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  const how = typeof code === 'string' && Object.hasOwn(known, code) ? known[code] : undefined;
  if (how === undefined) return undefined;
  return new MillraceError(
    {
      code: 'MILL_SYSTEM_FAILED',
      message: `The system refused: ${message}.`,
      todo: how.todo,
      owner: 'service',
      retry: how.retry,
    },
    { cause: error },
  );
}

/** Does the work; a failure of the disk or the machine is thrown as MILL_SYSTEM_FAILED, so that it can be tried again. */
export async function systemGuard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFailure(error) ?? error;
  }
}
