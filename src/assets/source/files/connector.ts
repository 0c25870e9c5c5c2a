import { counted, fingerprint, type Json, MillraceError } from '../../../base/index.ts';
import type { Asked, ConnectorPort, Look, Reading, ReadOptions, RecordedLoad } from '../connector.port.ts';
import { arrivals, type HashedFile } from './arrivals.ts';
import { hashedFiles } from './hashed-files.ts';
import type { FilesSpec } from './spec.ts';
import { takenBack, withoutTakenBack } from './taken-back.ts';

/** Files on this machine. Progress is the loads themselves: which paths have come with which content. */
export const filesConnector: ConnectorPort<FilesSpec> = { connector: 'files', look, read };

/** Which files have come or changed since the live version was built. */
async function look(asked: Asked<FilesSpec>): Promise<Look> {
  const { spec, workspace, recorded } = asked;
  const loads = recorded?.loads ?? [];
  const hashed = await hashedFiles(spec, workspace, false);
  const found = withoutTakenBack(arrivals(hashed, loads), takenBack(asked));
  const incoming = [...found.fresh, ...found.changed];
  const replaced = new Set(found.changed.flatMap(({ replaces }) => replaces));
  const content = new Map<string, string>();
  for (const { load, path, hash } of loads) if (!replaced.has(load)) content.set(path, hash);
  for (const { file, hash } of incoming) content.set(file.path, hash);
  const words: string[] = [];
  const say = (n: number, what: string): void => {
    if (n > 0) words.push(`${n} ${what} ${n === 1 ? 'file' : 'files'}`);
  };
  say(found.fresh.length, 'new');
  say(found.changed.length, 'changed');
  return {
    fingerprint: fingerprint([...content].sort(([a], [b]) => (a < b ? -1 : 1))),
    reason: words.join(', '),
    bytes: incoming.reduce((sum, { file }) => sum + file.bytes, 0),
    detail: planDetail(incoming),
  };
}

const planDetail = (incoming: readonly HashedFile[]) =>
  incoming.map(({ file, hash }) => ({ path: file.path, hash }));

async function read(options: ReadOptions<FilesSpec>): Promise<Reading> {
  const { spec, workspace, recorded, extend, planned } = options;
  const loads = recorded?.loads ?? [];
  const hashed = await hashedFiles(spec, workspace, recorded === undefined);
  const found = withoutTakenBack(arrivals(hashed, loads), takenBack(options));
  refuseMoved(planned, [...found.fresh, ...found.changed]);
  if (!extend) refuseGone(loads, hashed);
  const news = [...found.fresh, ...found.changed];
  const incoming = extend ? news : [...inOrderOfArrival(found.unchanged, loads), ...news];
  return {
    deliveries: incoming.map(({ file, hash }) => ({ found: file, hash })),
    form: spec,
    leaving: extend ? found.changed.flatMap(({ replaces }) => replaces) : [],
    replaces: false,
    from: counted(incoming.length, 'file'),
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
