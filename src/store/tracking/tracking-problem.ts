import { MillraceError } from '../../base/index.ts';

/** What is named does not exist. */
export function unknown(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_TRACKING_UNKNOWN',
    message,
    todo: 'Look the name or id up by a search.',
    owner: 'project',
  });
}

/** A name is in use. */
export function taken(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_TRACKING_TAKEN',
    message,
    todo: 'Use what is there, or choose another name.',
    owner: 'project',
  });
}

/** An argument, or the state of what it is about, does not allow it. */
export function invalid(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_TRACKING_INVALID',
    message,
    todo: 'The message says what is wanted.',
    owner: 'project',
  });
}
