import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../base/index.ts';
import type { Name } from './naming.ts';

/** The run that a run was started by, when another tool did. */
export interface Outer extends Name {
  readonly runId: string;
}

/** What a project says of its lineage events; the environment goes over it. */
export interface OpenLineage {
  /** `'file:events.ndjson'` (relative to the project's folder) or `'https://host/api/v1/lineage'`. Over it: `MILLRACE_OPENLINEAGE`. */
  readonly to?: string;
  /** Of all jobs and datasets of the project. Default `'millrace'`. Over it: `MILLRACE_OPENLINEAGE_NAMESPACE`. */
  readonly namespace?: string;
}

export type Address =
  | { readonly to: 'file'; readonly path: string }
  | { readonly to: 'http'; readonly url: URL; readonly key: string | undefined };

/** Where events go, and under which names. */
export interface Settings {
  /** Undefined: nowhere. */
  readonly address: Address | undefined;
  readonly namespace: string;
  readonly parent: Outer | undefined;
  readonly root: Outer | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws MILL_OPENLINEAGE_INVALID */
export function settingsOf(declared: OpenLineage | undefined, env: Environment, folder: string): Settings {
  const to = env['MILLRACE_OPENLINEAGE'] || declared?.to;
  return {
    address: to === undefined ? undefined : addressOf(to, env['MILLRACE_OPENLINEAGE_KEY'], folder),
    namespace: env['MILLRACE_OPENLINEAGE_NAMESPACE'] || declared?.namespace || 'millrace',
    parent: outerOf(env['OPENLINEAGE_PARENT_ID']),
    root: outerOf(env['OPENLINEAGE_ROOT_PARENT_ID']),
  };
}

/** @throws MILL_OPENLINEAGE_INVALID; the address is not repeated, since a password may stand in it */
export function addressOf(text: string, key: string | undefined, folder: string): Address {
  if (text.startsWith('file:')) {
    const path = text.startsWith('file://') ? filePath(text) : text.slice('file:'.length);
    if (path !== undefined && path !== '') return { to: 'file', path: resolve(folder, path) };
    throw invalid('names no file');
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid('is neither file: nor http(s):');
  if (url.username !== '' || url.password !== '')
    throw invalid('has a name or password in it; a key goes into MILLRACE_OPENLINEAGE_KEY');
  return { to: 'http', url, key: key || undefined };
}

function filePath(text: string): string | undefined {
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}

const invalid = (what: string): MillraceError =>
  new MillraceError({
    code: 'MILL_OPENLINEAGE_INVALID',
    message: `The address that lineage events go to ${what}.`,
    todo: 'Write file:events.ndjson or https://host/api/v1/lineage.',
    owner: 'project',
  });

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `namespace/job/run id`, as Airflow and others hand it down. What has another form is not followed. */
function outerOf(text: string | undefined): Outer | undefined {
  const [, namespace, name, runId] = /^(.+?)\/(.+)\/([^/]+)$/.exec(text ?? '') ?? [];
  if (namespace === undefined || name === undefined || !uuid.test(runId ?? '')) return undefined;
  return { namespace, name, runId: runId as string };
}
