import { after, before } from 'node:test';
import {
  connectorConformance,
  type Item,
  type OutsideBench,
} from '../../src/assets/source/connector.conformance.ts';
import { files } from '../../src/index.ts';
import { blobStoreConforms } from '../../src/store/blob/blob.conformance.ts';
import { openBlobs } from '../../src/store/blob/index.ts';
import { noS3, openS3Server, type S3Server } from './s3.fixture.ts';

let server: S3Server;
before(async () => {
  if (noS3) return;
  server = await openS3Server();
  Object.assign(process.env, server.env);
});
after(async () => {
  for (const name of Object.keys(server?.env ?? {})) delete process.env[name];
  await server?.close();
});

let prefixes = 0;

/** One object that is exchanged: its rows replace those of the earlier one. */
async function bench(format: 'csv' | 'jsonl'): Promise<OutsideBench> {
  const prefix = `conformance ${prefixes++}/`;
  let name = 'n';
  return {
    from: files(`s3://${server.bucket}/${prefix}*.${format}`),
    put: (items) => server.put(`${prefix}items.${format}`, (format === 'csv' ? csvOf : linesOf)(items, name)),
    rename: async (_, to) => {
      name = to;
    },
    down: () => server.stop(),
    up: () => server.start(),
    close: async () => {},
  };
}

function csvOf(items: readonly Item[], name: string): string {
  const quoted = (cell: string | null) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);
  const lines = items.map(({ id, n, at, extra = '' }) => [id, n, at, extra].map(quoted).join(','));
  return [`id,${name},at,extra`, ...lines, ''].join('\n');
}

function linesOf(items: readonly Item[], name: string): string {
  // An empty object is refused as a file cut short would be; a line end alone is no row.
  if (items.length === 0) return '\n';
  return items.map(({ id, n, at, extra }) => `${JSON.stringify({ id, [name]: n, at, extra })}\n`).join('');
}

for (const format of ['csv', 'jsonl'] as const)
  connectorConformance(
    `objects of ${format}`,
    () => bench(format),
    { forgets: true, replaces: false, down: 'MILL_CONNECTOR_UNREACHABLE' },
    noS3,
  );

blobStoreConforms(
  'S3',
  async () => {
    const prefix = `blobs ${prefixes++}`;
    return {
      open: () => openBlobs('unused', { ...server.env, MILLRACE_BLOBS: `s3://${server.bucket}/${prefix}/` }),
      spoil: (name, bytes) => server.put(`${prefix}/${name}`, bytes),
      names: async () => (await server.keys(`${prefix}/`)).map((key) => key.slice(prefix.length + 1)),
    };
  },
  noS3,
);
