import { relative } from 'node:path';
import type { Problem } from '../base/index.ts';

/** A problem with its file as seen from where the user stands. */
export function fromHere<P extends Problem>(found: P): P {
  if (!found.place) return found;
  const file = relative(process.cwd(), found.place.file);
  return file === '' || file.startsWith('..') ? found : { ...found, place: { ...found.place, file } };
}
