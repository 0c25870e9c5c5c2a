import { formatDuration, formatInstant, type Instant, type Problem } from '../../base/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import type { Freshness } from '../kind.ts';
import type { StepResult } from '../step-result.ts';

/** The sorts of trouble: a step failed; its gates did not pass; a contract is broken by what is live; what is live is too old. */
export type What = 'failed' | 'rejected' | 'breach' | 'stale';

/** Something that is amiss with an asset. */
export interface Trouble {
  /** Which it is: made of codes and names of rules, never of counts or times, so that the same problem stays the same. */
  readonly problem: string;
  readonly what: What;
  readonly message: string;
  readonly todo: string;
}

/** What is amiss by what became of a step; of a step that was published, nothing. */
export function stepTroubles({ step, outcome, problems, checks }: StepResult): Trouble[] {
  if (outcome === 'failed') return failures(problems);
  if (outcome !== 'rejected') return [];
  return checks
    .filter(({ passed, severity }) => !passed && severity === 'block')
    .map((check) => broken(check, 'rejected', `\`millrace show ${step.asset}\` has all its checks.`));
}

/** Problems as trouble, one for each code. */
export const failures = (problems: readonly Problem[]): Trouble[] =>
  [...Map.groupBy(problems, ({ code }) => code)].map(([code, [first, ...more]]) => ({
    problem: `failed ${code}`,
    what: 'failed',
    message: [first as Problem, ...more].map(({ message }) => message).join(' '),
    todo: `${(first as Problem).todo} [${code}]`,
  }));

/** What is amiss with a version that is live. `fresh` is absent where nothing is promised, or nobody looked. */
export function liveTroubles(
  asset: string,
  checks: readonly CheckResult[],
  fresh: Freshness | undefined,
  now: Instant,
): Trouble[] {
  const todo = `\`millrace show ${asset} --checks\` says how it was before.`;
  const broke = checks
    .filter(({ name, passed, severity }) => !passed && severity === 'warn' && name !== fresh?.check)
    .map((check) => broken(check, 'breach', todo));
  if (fresh === undefined || (fresh.newest !== null && now - fresh.newest <= fresh.atMost)) return broke;
  const { newest, column, atMost } = fresh;
  const stale: Trouble = {
    problem: 'stale',
    what: 'stale',
    message:
      newest === null
        ? `It has no rows up to now, wanted one of the last ${formatDuration(atMost)}.`
        : `Its newest ${column} is ${formatInstant(newest)}, wanted at most ${formatDuration(atMost)} before now.`,
    todo: 'See why nothing newer arrives.',
  };
  return [...broke, stale];
}

const broken = ({ name, observed, wanted }: CheckResult, what: What, todo: string): Trouble => ({
  problem: `${what} ${name}`,
  what,
  message: `${name}: ${observed}, wanted ${wanted}.`,
  todo,
});
