import { bug, MillraceError } from '../../base/index.ts';

/** Only a hash is ever joined to a folder's path or an object's key. */
export function checkedName(name: string): string {
  if (!/^[0-9a-f]{64}$/.test(name)) throw bug(`'${name.slice(0, 80)}' is no name of a blob (64 hex digits).`);
  return name;
}

export function missing(name: string, place: string): MillraceError {
  return new MillraceError({
    code: 'MILL_BLOB_MISSING',
    message: `File ${name.slice(0, 12)}… is not in ${place}.`,
    todo: 'Restore the folder from a copy, or build the version that needs it again.',
    owner: 'service',
  });
}

export function damaged(name: string, place: string, bytes: number): MillraceError {
  return new MillraceError({
    code: 'MILL_BLOB_DAMAGED',
    message: `File ${name.slice(0, 12)}… in ${place} (${bytes} bytes) is not what was stored under that name.`,
    todo: 'Restore it from a copy, or build the version that needs it again.',
    owner: 'service',
  });
}
