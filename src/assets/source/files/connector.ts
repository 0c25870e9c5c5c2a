import { counted, fingerprint, type Json, MillraceError } from '../../../base/index.ts';
import type { StoredObject } from '../../../store/object/index.ts';
import type {
  Asked,
  ConnectorPort,
  Delivery,
  Look,
  Reading,
  ReadOptions,
  RecordedLoad,
} from '../connector.port.ts';
import { arrivals, type HashedFile } from './arrivals.ts';
import { checkFiles } from './check.ts';
import { foundObjects, tagOf } from './found-objects.ts';
import { hashedFiles } from './hashed-files.ts';
import { isAddress, openObjects } from './object-address.ts';
import { bringing } from './read-objects.ts';
import type { FilesSpec } from './spec.ts';
import { takenBack, withoutTakenBack } from './taken-back.ts';

/** Files on this machine, or objects elsewhere. Progress is the loads themselves: which paths have come with which content. */
export const filesConnector: ConnectorPort<FilesSpec> = { connector: 'files', check: checkFiles, look, read };

/** What is there now, sorted by path. */
async function found({ spec, workspace }: Asked<FilesSpec>, must: boolean): Promise<HashedFile[]> {
  if (!isAddress(spec.glob)) return hashedFiles(spec, workspace, must);
  const objects = openObjects(spec.glob);
  try {
    return await foundObjects(spec, objects, workspace, must);
  } finally {
    objects.store.close();
  }
}

/** Of everything the table would consist of: the recorded loads that stay, and what comes. */
function printOf(
  loads: readonly RecordedLoad[],
  replaced: ReadonlySet<number>,
  incoming: readonly { readonly path: string; readonly hash: string }[],
): string {
  const content = new Map<string, string>();
  for (const { load, path, hash } of loads) if (!replaced.has(load)) content.set(path, hash);
  for (const { path, hash } of incoming) content.set(path, hash);
  return fingerprint([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Which files have come or changed since the live version was built. */
async function look(asked: Asked<FilesSpec>): Promise<Look> {
  const { spec, recorded } = asked;
  const loads = recorded?.loads ?? [];
  const there = withoutTakenBack(arrivals(await found(asked, false), loads), takenBack(asked));
  const incoming = [...there.fresh, ...there.changed];
  const replaced = new Set(there.changed.flatMap(({ replaces }) => replaces));
  const words: string[] = [];
  const thing = isAddress(spec.glob) ? 'object' : 'file';
  const say = (n: number, what: string): void => {
    if (n > 0) words.push(`${n} ${what} ${n === 1 ? thing : `${thing}s`}`);
  };
  say(there.fresh.length, 'new');
  say(there.changed.length, 'changed');
  return {
    fingerprint: printOf(
      loads,
      replaced,
      incoming.map(({ file, hash }) => ({ path: file.path, hash })),
    ),
    reason: words.join(', '),
    bytes: incoming.reduce((sum, { file }) => sum + file.bytes, 0),
    detail: planDetail(incoming),
  };
}

/** An object goes by its tag: whether its hash is known may change between plan and reading, its content must not. */
const planDetail = (incoming: readonly HashedFile[]) =>
  incoming.map((item) => ({
    path: item.file.path,
    hash: item.object === undefined ? item.hash : tagOf(item.object),
  }));

async function read(options: ReadOptions<FilesSpec>): Promise<Reading> {
  const { spec, workspace, recorded, extend, planned, progress, signal } = options;
  const loads = recorded?.loads ?? [];
  const all = await found(options, recorded === undefined);
  const there = withoutTakenBack(arrivals(all, loads), takenBack(options));
  refuseMoved(planned, [...there.fresh, ...there.changed]);
  if (!extend) refuseGone(loads, all);
  const news = [...there.fresh, ...there.changed];
  const incoming = extend ? news : [...inOrderOfArrival(there.unchanged, loads), ...news];
  const leaving = extend ? there.changed.flatMap(({ replaces }) => replaces) : [];
  const reading = {
    deliveries: incoming.map(({ file, hash }) => ({ found: file, hash })),
    form: spec,
    leaving,
    replaces: false,
  };
  if (!isAddress(spec.glob)) return { ...reading, from: counted(incoming.length, 'file') };
  const gone = new Set(there.changed.flatMap(({ replaces }) => replaces));
  return {
    ...reading,
    from: counted(incoming.length, 'object'),
    bring: bringing({
      spec,
      objects: incoming.map(({ object }) => object as StoredObject),
      workspace,
      tempFolder: () => options.tempFolder,
      progress,
      signal,
    }),
    progress: {},
    // The plan knew some contents by their tags only; the next look knows them by their hashes.
    seen: (brought: readonly Delivery[]) =>
      printOf(
        loads,
        gone,
        brought.map(({ found: { path }, hash }) => ({ path, hash })),
      ),
  };
}

/**
 * Of rows with one key the first to come keeps it. So what is loaded anew comes in the order in which it came, and the table is the same
 * as if it had not been; files that nothing is remembered of come after, by path.
 */
function inOrderOfArrival(files: readonly HashedFile[], loads: readonly RecordedLoad[]): HashedFile[] {
  const came = new Map(loads.map(({ path, load }) => [path, load]));
  return files.toSorted((a, b) => (came.get(a.file.path) ?? 0) - (came.get(b.file.path) ?? 0));
}

/** The files must still be what the plan saw: its fingerprint is what will be recorded. */
function refuseMoved(planned: Json, incoming: readonly HashedFile[]): void {
  // Null: the plan could not look.
  if (planned !== null && fingerprint(planDetail(incoming)) === fingerprint(planned)) return;
  throw new MillraceError({
    code: 'MILL_SOURCE_FILES_MOVED',
    message: 'Files came, went or changed while the run was under way.',
    todo: 'Nothing is lost; the run plans again.',
    owner: 'data',
    retry: true,
  });
}

/** Building anew takes rows from the files that are there: with some gone, rows would be lost in silence. */
function refuseGone(loads: readonly RecordedLoad[], hashed: readonly HashedFile[]): void {
  const there = new Set(hashed.map(({ file }) => file.path));
  const gone = loads.filter(({ path }) => !there.has(path));
  if (gone.length === 0) return;
  throw new MillraceError({
    code: 'MILL_SOURCE_FILES_GONE',
    message: `It must be loaded anew because its declaration changed, but ${gone.length} of its files are gone, ${gone[0]?.path} first.`,
    todo: 'Bring the files back, or take the change of the declaration back.',
    owner: 'data',
  });
}
