/** Where in the user's project something was declared. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Who can mend a problem: the one who wrote the `project`, the one who delivers the `data`, the one
 * who runs a `service` we lean on, or we ourselves (`millrace`: a bug).
 */
export type Owner = 'project' | 'data' | 'service' | 'millrace';

/** One thing that is wrong, as data: what is so, where, and one thing to do about it. */
export interface Problem {
  /** Stable; each has a paragraph in docs/reference/errors.md. */
  readonly code: `MILL_${string}`;
  /** What is so, with names and numbers: wanted, found, nearest match. */
  readonly message: string;
  /** One thing to do. */
  readonly todo: string;
  readonly owner: Owner;
  readonly asset?: string;
  readonly place?: Place;
  /** Whether doing the same again later can help. */
  readonly retry?: boolean;
}

/** What every function of Millrace throws. `check` collects problems and speaks once; `run` throws. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  readonly problems: readonly Problem[];

  constructor(problem: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const problems = Array.isArray(problem) ? (problem as readonly Problem[]) : [problem as Problem];
    super(problems.map(describeProblem).join('\n'), options);
    this.problems = problems;
  }

  get code(): string {
    return this.problems[0]?.code ?? 'MILL_BUG';
  }
}

/** One problem as text: where, code, what is so, what to do. */
export function describeProblem(problem: Problem): string {
  const where = problem.place ? `${problem.place.file}:${problem.place.line}: ` : '';
  const asset = problem.asset ? `${problem.asset}: ` : '';
  return `${where}${asset}${problem.message} ${problem.todo} [${problem.code}]`;
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A bug of ours: a state that the code around it says cannot be. Exit code 70. */
export function bug(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_BUG',
    message,
    todo: 'This is a bug in Millrace; please report it with this message.',
    owner: 'millrace',
  });
}
