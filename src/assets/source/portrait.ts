import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Node, Outside, Portrait, PortraitContext } from '../../graph/index.ts';
import { portrayContract } from '../contract/index.ts';
import type { PostgresSpec } from './postgres/spec.ts';
import type { SourceBody } from './spec.ts';

/** A source to those outside: its contract, and where its rows come from by the standard's names, without anything secret. */
export function portraySource(node: Node<SourceBody>, context: PortraitContext): Portrait {
  const { contract, from } = node.body;
  const query = from.connector === 'postgres' ? from.query : undefined;
  const outside = outsideOf(node, context);
  return {
    type: 'TABLE',
    ...portrayContract(contract),
    ...(outside === undefined ? {} : { outside: [outside] }),
    ...(query === undefined ? {} : { query: { text: query, dialect: 'postgres' } }),
  };
}

/** Undefined when the address is not known here. */
function outsideOf(
  { name, body: { from } }: Node<SourceBody>,
  context: PortraitContext,
): Outside | undefined {
  switch (from.connector) {
    case 'files':
      return filesOutside(from.glob, context.folder);
    case 'postgres':
      return postgresOutside(from, context.environment);
    case 'http': {
      const url = URL.parse(from.url);
      // Keys stand in queries, and passwords before the host.
      return url === null || url.host === ''
        ? undefined
        : {
            ...{ namespace: `${url.protocol}//${url.host}`, name: url.pathname, type: 'API' },
            uri: `${url.protocol}//${url.host}${url.pathname}`,
          };
    }
    case 'stream':
      return { namespace: 'millrace:ingest', name: `/v1/ingest/${name}`, type: 'STREAM' };
  }
}

/** The glob as a whole: two sources may read different files of one folder. */
function filesOutside(glob: string, folder: string): Outside {
  const remote = /^([a-z][a-z0-9+.-]+):\/\/(?:[^@/]*@)?([^/]+)\/([^?#]*)/i.exec(glob);
  if (remote === null) {
    const path = resolve(folder, glob);
    return { namespace: 'file', name: path, type: 'FILE', uri: pathToFileURL(path).href };
  }
  const [, scheme = '', host = '', key = ''] = remote;
  const namespace = `${scheme.toLowerCase()}://${host}`;
  return { namespace, name: key, type: 'FILE', uri: namespace };
}

/** By a query, no more is said than which database is asked. */
function postgresOutside(
  { url, table }: PostgresSpec,
  environment: PortraitContext['environment'],
): Outside | undefined {
  const parsed = URL.parse((typeof url === 'string' ? url : environment[url.env]) ?? '');
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === '')
    return undefined;
  const namespace = `postgres://${parsed.hostname}:${parsed.port || 5432}`;
  const database = nameIn(parsed.pathname.slice(1)) || nameIn(parsed.username);
  const qualified = table === undefined || table.includes('.') ? table : `public.${table}`;
  return {
    namespace,
    name: qualified === undefined ? database : `${database}.${qualified}`,
    type: qualified === undefined ? 'DATABASE' : 'TABLE',
    uri: `${namespace}/${encodeURIComponent(database)}`,
  };
}

function nameIn(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
