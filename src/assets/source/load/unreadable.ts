import { MillraceError, systemFailure } from '../../../base/index.ts';

/** A file that cannot be read as what it says it is. The reason completes: "… cannot be read: ". */
export function unreadable(
  path: string,
  reason: string,
  options: { cause?: unknown; retry?: boolean } = {},
): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_SOURCE_FILE_UNREADABLE',
      message: `'${path}' cannot be read: ${reason}.`,
      todo: 'Deliver the file again, or move it out of the source’s folder.',
      owner: 'data',
      ...(options.retry === undefined ? {} : { retry: options.retry }),
    },
    options.cause === undefined ? {} : { cause: options.cause },
  );
}

/** The reason in a failure of the file system or of unpacking. */
export function unreadableBecause(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return unreadable(path, 'it is not there any more', { cause: error });
    case 'EACCES':
    case 'EPERM':
      return unreadable(path, 'there is no permission to read it', { cause: error });
    case 'EISDIR':
      return unreadable(path, 'it is a folder', { cause: error });
    case 'Z_BUF_ERROR':
      return unreadable(path, 'its gzip data ends too early, so it was cut off or is still being written', {
        cause: error,
        retry: true,
      });
    case 'Z_DATA_ERROR':
      return unreadable(
        path,
        message === 'incorrect header check'
          ? 'its name ends in .gz, but its content is not gzip'
          : `its gzip data is damaged (${message})`,
        { cause: error },
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EMFILE':
    case 'ENFILE':
      // Where it is written to, not the file, is to blame.
      return systemFailure(error) as MillraceError;
    default:
      return unreadable(path, message, { cause: error });
  }
}
