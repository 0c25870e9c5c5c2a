import { MillraceError } from '../../base/index.ts';
import type { Tracking } from '../../store/tracking/index.ts';
import { hasControls, unquoted } from './names.ts';
import type { Registry } from './registry.ts';
import { invalid, type WireError } from './wire-error.ts';

/** What a version that is to be registered says of where it comes from. Undefined: not said. */
export interface Said {
  readonly source: string;
  readonly run: string | undefined;
  readonly model: string | undefined;
}

export interface Source {
  readonly source: string;
  /** Where the files are now, through `models:/…` to the place behind it: for good, whatever is made of these names later. */
  readonly location: string;
  readonly run: string;
  readonly model: string;
}

/**
 * Where a version's files are: never a path on a disk of ours, never out of the folder of the run or logged model that is named with it.
 * Addresses elsewhere (`s3://…`) are kept as they are said and never opened here. MLflow's servers have been made to hand out
 * any file by such sources (CVE-2023-6014, CVE-2024-2928 and others).
 */
export function sourceOf(said: Said, tracking: Tracking, registry: Registry): Source {
  const { source } = said;
  const { scheme, host, path } = partsOf(source);
  const [run = '', model = ''] = [said.run, said.model];
  if (scheme === '' || scheme === 'file')
    throw invalid(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    );
  refuseRelative(source, path);
  const outside = (what: string) =>
    invalid(
      `Invalid model version source: '${source}'. The ${what} request parameter must identify the resource that contains the source.`,
    );
  if (scheme === 'runs') {
    const [first = ''] = path.split('/').filter((part) => part !== '');
    if (host !== '' || model !== '') throw outside(model === '' ? 'run_id' : 'model_id');
    // A run that is not known here was logged to elsewhere; nothing of ours is reached through it.
    if (first === '' || (first !== run && isKnown(tracking, first))) throw outside('run_id');
    return { source, location: source, run, model };
  }
  if (scheme === 'models') {
    if (host !== '') throw outside('model_id');
    return fromModel(said, path, tracking, registry, outside);
  }
  if (isOurs(scheme, path)) {
    const root = model === '' ? rootOf('run_id', run) : rootOf('model_id', model);
    if (!isWithin(source, root)) throw outside(model === '' ? 'run_id' : 'model_id');
  }
  return { source, location: source, run, model };

  function rootOf(what: 'run_id' | 'model_id', id: string): string {
    if (id === '') throw outside(what);
    return location(
      () => (what === 'run_id' ? tracking.runs.get(id).location : tracking.loggedModels.get(id).location),
      outside(what),
    );
  }
}

/** `models:/m-…` is a logged model; `models:/name/3`, `models:/name@alias` a version that is registered already. */
function fromModel(
  { source, run, model }: Said,
  path: string,
  tracking: Tracking,
  registry: Registry,
  outside: (what: string) => WireError,
): Source {
  const rest = path.replace(/^\/+/, '');
  if (/^m-[^/@]+$/.test(rest)) {
    if (model !== rest) throw outside('model_id');
    const found = tracking.loggedModels.get(rest);
    return { source, location: found.location, run: run || found.run, model };
  }
  const at = /^(?<name>[^/@]+)@(?<alias>[^/]+)$/.exec(rest)?.groups;
  const numbered = /^(?<name>[^/@]+)\/(?<version>\d{1,15})$/.exec(rest)?.groups;
  const name = at?.['name'] ?? numbered?.['name'];
  if (name === undefined) throw outside('model_id');
  const version =
    at === undefined
      ? registry.of(name).version(name, Number(numbered?.['version']))
      : registry.of(name).byAlias(name, at['alias'] as string);
  if ((run !== undefined && run !== version.run) || (model !== undefined && model !== version.model))
    throw invalid(
      `Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`,
    );
  const { location: files, run: ofRun, model: ofModel } = version;
  return { source: `models:/${name}/${version.version}`, location: files, run: ofRun, model: ofModel };
}

function isKnown({ runs }: Tracking, run: string): boolean {
  try {
    return runs.get(run).id === run;
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MILL_TRACKING_UNKNOWN') return false;
    throw error;
  }
}

function location(find: () => string, otherwise: WireError): string {
  try {
    return find();
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MILL_TRACKING_UNKNOWN') throw otherwise;
    throw error;
  }
}

function partsOf(uri: string): { scheme: string; host: string; path: string } {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/.exec(uri);
  // `C:\models` is a path, not an address of scheme `c`.
  const scheme = match?.[1]?.length === 1 ? '' : (match?.[1] ?? '').toLowerCase();
  return { scheme, host: match?.[2] ?? '', path: match?.[3] ?? '' };
}

/** No way out by `..`, however often it is quoted, and nothing that a file system would read otherwise than we do. */
function refuseRelative(source: string, path: string): void {
  const plain = unquoted(source.replaceAll('+', ' '));
  const parts = plain.split(/[/\\]/);
  if (
    parts.includes('..') ||
    parts.includes('.') ||
    plain.includes('\\') ||
    hasControls(plain) ||
    /[?#]/.test(unquoted(path))
  )
    throw invalid(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
}

/** Whether an address leads into our own artifacts. */
function isOurs(scheme: string, path: string): boolean {
  if (scheme === 'mlflow-artifacts') return true;
  return (
    (scheme === 'http' || scheme === 'https') &&
    unquoted(path).includes('/api/2.0/mlflow-artifacts/artifacts')
  );
}

function isWithin(source: string, root: string): boolean {
  const [a, b] = [partsOf(source), partsOf(root)];
  const parts = (path: string) =>
    unquoted(path)
      .split('/')
      .filter((part) => part !== '');
  const [inner, outer] = [parts(a.path), parts(b.path)];
  return (
    a.scheme === b.scheme &&
    a.host === b.host &&
    outer.length > 0 &&
    outer.every((part, i) => inner[i] === part)
  );
}
