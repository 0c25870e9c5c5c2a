import { MillraceError } from '../../../base/index.ts';

/** A document that is no data contract we can read. */
export function invalid(message: string, todo: string): MillraceError {
  return new MillraceError({ code: 'MILL_ODCS_INVALID', message, todo, owner: 'project' });
}
