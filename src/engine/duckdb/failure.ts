import { MillraceError, messageOf } from '../../base/index.ts';

/** Enough for DuckDB's list of near names, short enough for a terminal. */
const LONGEST = 600;

/**
 * DuckDB's own words without the echo of the statement. After the message it prints `LINE 1: …` with a caret;
 * the statement is often ours and long, so only what stands before is kept.
 */
export function sqlFailed(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const words = messageOf(error);
  const echo = words.search(/\n\s*LINE \d+:/);
  const lines = (echo < 0 ? words : words.slice(0, echo))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const text = lines.join(' ');
  return new MillraceError(
    {
      code: 'MILL_SQL_FAILED',
      message:
        text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || 'The SQL failed without a message.',
      todo: text.startsWith('Out of Memory')
        ? 'Give the engine more memory, or make the statement hold fewer rows at once.'
        : 'Correct the SQL, or the data it reads.',
      owner: 'project',
    },
    { cause: error },
  );
}

/** Runs something of DuckDB's and gives its failures our form. */
export async function sqlGuard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw sqlFailed(error);
  }
}
