import { MillraceError, type Problem } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';

/** Tells what is wrong, and what to do. */
export type Found = (message: string, todo: string) => void;

/** What is found wrong with request features, as problems that say whose they are and where it is declared. */
export function requestFaults({ name, place }: Node): {
  readonly problems: Problem[];
  readonly found: Found;
} {
  const problems: Problem[] = [];
  const code = 'MILL_REQUEST_FEATURES_INVALID';
  return {
    problems,
    found: (message, todo) =>
      void problems.push({ code, message, todo, owner: 'project', asset: name, place }),
  };
}

/** What keeps request features from being computed, of a row as it came. */
export function requestFailed(name: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_REQUEST_FEATURES_FAILED',
      message: `${name}: ${what}.`,
      todo: 'Mend the compute function of this asset.',
      owner: 'project',
      asset: name,
    },
    { cause },
  );
}

/** That a function has answered, and something that it had begun was rejected later. */
export const leftBehind = (name: string, message: string): MillraceError =>
  requestFailed(name, `it leaves a Promise behind, which is rejected: ${message}`);
