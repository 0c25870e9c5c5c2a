import { MillraceError, type Problem, systemFailure } from '../base/index.ts';

/** 0 done, 1 problems in the project or data, 2 usage, 3 a service failed, 70 our bug. */
export const DONE = 0;
export const PROBLEMS = 1;
export const USAGE = 2;
export const SERVICE = 3;
export const BUG = 70;

/** Problems of what was typed: nothing has been looked at yet, and typing something else is the cure. */
const typed = new Set([
  'MILL_CLI_USAGE',
  'MILL_CLI_JSON',
  'MILL_ALIAS_LIVE',
  'MILL_ALIAS_NAME',
  'MILL_ALIAS_UNKNOWN',
  'MILL_ASSET_UNKNOWN',
  'MILL_BATCH_ID',
  'MILL_BATCH_SOURCE',
  'MILL_BATCH_TARGET',
  'MILL_COLUMN_UNKNOWN',
  'MILL_FEATURES_KEY',
  'MILL_FEATURES_UNKNOWN',
  'MILL_VERSION_UNKNOWN',
  'MILL_RUN_UNKNOWN',
]);

/** The exit code of problems: that of the worst. */
export function exitCodeOf(problems: readonly Problem[]): number {
  const owners = new Set(problems.map((problem) => problem.owner));
  if (owners.has('millrace')) return BUG;
  if (problems.some(({ code }) => typed.has(code))) return USAGE;
  if (owners.has('project') || owners.has('data')) return PROBLEMS;
  return owners.has('service') ? SERVICE : DONE;
}

/** The problems of anything that can be thrown; what is not ours is a bug of ours. */
export function problemsOf(error: unknown): readonly Problem[] {
  const ours = error instanceof MillraceError ? error : systemFailure(error);
  if (ours !== undefined) return ours.problems;
  return [
    {
      code: 'MILL_BUG',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      todo: 'This is a bug in Millrace; please report it with this text.',
      owner: 'millrace',
    },
  ];
}
