import { fingerprint } from '../../../base/index.ts';
import type { ColumnSpec } from '../../contract/index.ts';
import { describe, type RequestInput, type RequestOutput } from './compute.ts';
import { putLater, replaced } from './impurity.ts';
import { madeUp, ROUNDS, SPREAD, spreadInput, type UsedSpecs } from './made-up.ts';

/** So many values are made up at most, for one function: with many features its inputs are fewer. */
const MOST_VALUES = 200_000;

/**
 * A digest of what a request function gives for inputs that are always the same. What it closes over cannot be read; that it has
 * changed shows in its answers, if in any.
 *
 * The digest must be the same on every machine, or what is trained on one could not be served on another. So numbers are compared by
 * nine digits (the last of the 16 may differ where `Math.exp` and its like are built otherwise), what is thrown by that it is thrown.
 */
export function answersDigest(
  compute: (input: RequestInput) => RequestOutput,
  request: readonly ColumnSpec[],
  used: UsedSpecs,
): string {
  const fields = request.length + Object.values(used).reduce((sum, { length }) => sum + length, 0);
  const spread = Math.min(SPREAD, Math.ceil(MOST_VALUES / Math.max(1, fields)));
  const answers: unknown[] = [];
  const answer = (input: RequestInput): void => {
    try {
      answers.push(plainAnswer(compute(input)));
    } catch {
      answers.push('throws');
    }
  };
  replaced((put) => {
    // What it tells the reader, it need not tell hundreds of times.
    for (const name of ['debug', 'error', 'info', 'log', 'warn']) put(console, name, () => undefined);
    putLater(put);
    for (let round = 0; round < ROUNDS; round++) answer(madeUp(request, used, round));
    for (let at = 0; at < spread; at++) answer(spreadInput(request, used, at));
  });
  return fingerprint(answers);
}

function plainAnswer(output: unknown): unknown {
  if (output instanceof Promise || typeof output !== 'object' || output === null || Array.isArray(output))
    return plainValue(output);
  return Object.fromEntries(Object.entries(output).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  // It is refused elsewhere; that it is rejected later must not end the process.
  if (value instanceof Promise) value.catch(() => undefined);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'number') return numberText(value);
  if (value === undefined || value === null) return null;
  return typeof value === 'string' || typeof value === 'boolean' ? [value] : describe(value);
}

/** Nine digits; what is next to nothing is nothing, for it may be all that is left of a difference. No number is no value. */
function numberText(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  return Math.abs(value) < 1e-9 ? '0' : value.toPrecision(9);
}
