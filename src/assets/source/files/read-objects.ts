import { join } from 'node:path';
import type { Workspace } from '../../../graph/index.ts';
import type { StoredObject } from '../../../store/object/index.ts';
import type { Delivery, Reading } from '../connector.port.ts';
import { bring } from './bring.ts';
import { endingOf, rememberedOf } from './found-objects.ts';
import { openObjects } from './object-address.ts';
import type { FilesSpec } from './spec.ts';

/** How many objects come at the same time. A round trip takes tens of milliseconds, however small they are. */
const AT_ONCE = 8;

export interface ReadObjectsOptions {
  readonly spec: FilesSpec;
  readonly objects: readonly StoredObject[];
  readonly workspace: Workspace;
  readonly tempFolder: () => string;
  readonly progress: (share: number, what: string) => void;
  readonly signal: AbortSignal;
}

/** Brings objects in the portions that the loader asks for, and remembers the content of each, so that no look reads it again. */
export function bringing(options: ReadObjectsOptions): NonNullable<Reading['bring']> {
  const { spec, objects, workspace, tempFolder, progress, signal } = options;
  const total = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  let count = 0;

  return async (places) => {
    const { store } = openObjects(spec.glob);
    const folder = tempFolder();
    const brought = new Map<number, Delivery>();
    // What has failed stops the others too; nobody waits for them.
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const left = [...places];
    const worker = async (): Promise<void> => {
      for (let place = left.shift(); place !== undefined; place = left.shift()) {
        const object = objects[place] as StoredObject;
        const to = join(folder, `object-${place}${endingOf(object.address)}`);
        brought.set(place, await bring({ store, object, to, signal: either }));
        bytes += object.bytes;
        count++;
        progress(total === 0 ? 1 : (0.5 * bytes) / total, `${count} of ${objects.length} objects fetched`);
      }
    };
    try {
      const workers = Array.from({ length: Math.min(AT_ONCE, places.length) }, () =>
        worker().catch((error: unknown) => {
          failed.abort();
          throw error;
        }),
      );
      const ends = await Promise.allSettled(workers);
      // The first that failed says why; the others say that they were stopped.
      const why =
        ends.find((end) => end.status === 'rejected' && !isStop(end.reason, failed.signal)) ??
        ends.find((end) => end.status === 'rejected');
      if (why?.status === 'rejected') throw why.reason;
    } finally {
      store.close();
    }
    // All in one transaction: each is a flush to disk.
    workspace.state.transaction(() => {
      for (const [place, { hash }] of brought) {
        const object = objects[place] as StoredObject;
        workspace.state.setFileHash(object.address, rememberedOf(object, hash));
      }
    });
    return places.map((place) => brought.get(place) as Delivery);
  };
}

function isStop(error: unknown, stopped: AbortSignal): boolean {
  return error === stopped.reason || (error as Error).name === 'AbortError';
}
