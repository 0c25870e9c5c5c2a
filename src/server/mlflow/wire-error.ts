import { MillraceError, type Problem, systemFailure } from '../../base/index.ts';

/** MLflow's words for what went wrong, each with its status. Clients act by the word: a missing experiment is made, a name in use is taken. */
export const statuses = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof statuses;

/** An answer in MLflow's form that is none. */
export class WireError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const invalid = (message: string): WireError => new WireError('INVALID_PARAMETER_VALUE', message);

const ours: Readonly<Record<string, ErrorCode>> = {
  MILL_TRACKING_UNKNOWN: 'RESOURCE_DOES_NOT_EXIST',
  MILL_TRACKING_TAKEN: 'RESOURCE_ALREADY_EXISTS',
  MILL_TRACKING_INVALID: 'INVALID_PARAMETER_VALUE',
  MILL_ROLLBACK_IMPOSSIBLE: 'INVALID_PARAMETER_VALUE',
};

/** Anything thrown while answering, in MLflow's form. Only what a caller can use is told. */
export function wireErrorOf(error: unknown): WireError {
  if (error instanceof WireError) return error;
  const known = error instanceof MillraceError ? error : systemFailure(error);
  if (known !== undefined) {
    const [{ code, message, owner, retry }] = known.problems as readonly [Problem];
    const word = ours[code];
    if (word !== undefined) return new WireError(word, message);
    if (retry === true) return new WireError('TEMPORARILY_UNAVAILABLE', message);
    if (owner !== 'millrace') return new WireError('INTERNAL_ERROR', message);
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (statusCode === 413) return new WireError('BAD_REQUEST', 'The body is larger than is taken here.');
  if (statusCode < 500) return new WireError('BAD_REQUEST', message);
  return new WireError('INTERNAL_ERROR', 'The server failed to answer; its own output has the details.');
}
