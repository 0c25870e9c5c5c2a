import { MillraceError, messageOf, systemFailure } from '../../base/index.ts';

/** Enough for DuckDB's list of near names, short enough for a terminal. */
const LONGEST = 600;

/**
 * DuckDB's own words without the echo of the statement. After the message it prints `LINE 1: …` with a caret;
 * the statement is often ours and long, so only what stands before is kept.
 */
export function sqlFailed(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const system = systemFailure(error) ?? diskFull(error);
  if (system !== undefined) return system;
  const words = messageOf(error);
  const echo = words.search(/\n\s*LINE \d+:/);
  const lines = (echo < 0 ? words : words.slice(0, echo))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const text = lines.join(' ');
  const memory = text.startsWith('Out of Memory');
  return new MillraceError(
    {
      code: 'MILL_SQL_FAILED',
      message:
        text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || 'The SQL failed without a message.',
      todo: memory
        ? 'Give the engine more memory, or make the statement hold fewer rows at once.'
        : 'Correct the SQL, or the data it reads.',
      owner: 'project',
      // What runs beside it takes of the same memory.
      ...(memory ? { retry: true } : {}),
    },
    { cause: error },
  );
}

/** DuckDB has no codes; these are the system's words within its own. */
function diskFull(error: unknown): MillraceError | undefined {
  const words = messageOf(error);
  const code = /No space left on device/.test(words)
    ? 'ENOSPC'
    : /Input\/output error/.test(words)
      ? 'EIO'
      : '';
  return systemFailure({ code, message: words.split('\n')[0] });
}

/** Runs something of DuckDB's and gives its failures our form. */
export async function sqlGuard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw sqlFailed(error);
  }
}
