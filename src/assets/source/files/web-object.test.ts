import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { type MillraceError, sha256 } from '../../../base/index.ts';
import {
  graphOf,
  HOME,
  type Kind,
  type Kinds,
  openWorkspace,
  type Project,
  run,
  type Workspace,
} from '../../../graph/index.ts';
import { openWeb, type StoredObject } from '../../../store/object/index.ts';
import { col, contractSpec } from '../../contract/index.ts';
import { source } from '../declare.ts';
import { sourceKind } from '../kind.ts';
import { bring } from './bring.ts';
import { checkFiles } from './check.ts';
import { files } from './declare.ts';
import { endingOf } from './found-objects.ts';
import { prefixOf } from './object-address.ts';

/** A file server with a mind of its own. */
const served = {
  body: 'id,word\n1,one\n',
  /** Bytes of an answer after which the connection is cut. */
  cut: Number.POSITIVE_INFINITY,
  etag: 'strong' as 'strong' | 'weak' | 'none',
  modified: true,
  ranges: true,
  status: 200,
  asked: [] as string[],
  /** Done when a connection is cut. */
  onCut: () => {},
};
const fresh = { ...served };
const digest = () => createHash('md5').update(served.body).digest('hex');
let changes = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { method = '', headers } = request;
  served.asked.push(`${method} ${headers.range ?? ''}`.trim());
  if (served.status !== 200) return void response.writeHead(served.status).end('no');
  const etag = served.etag === 'weak' ? `W/"${digest()}"` : `"${digest()}"`;
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag)
    return void response.writeHead(412).end();
  const from = served.ranges ? Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
  const bytes = Buffer.from(served.body).subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length,
    ...(served.etag === 'none' ? {} : { etag }),
    ...(served.modified
      ? { 'last-modified': new Date(1_700_000_000_000 + changes * 1000).toUTCString() }
      : {}),
  });
  if (method === 'HEAD' || bytes.length <= served.cut) return void response.end(bytes);
  response.write(bytes.subarray(0, served.cut), () => {
    served.onCut();
    response.destroy();
  });
}

const server = createServer(answer);
let url = '';
let folder: string;
let workspace: Workspace;
const kinds: Kinds = new Map([[sourceKind.kind, sourceKind as unknown as Kind]]);
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in/items.csv?day=1`;
});
after(() => void server.close());
beforeEach(async () => {
  Object.assign(served, fresh, { asked: [] });
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  workspace = await openWorkspace(folder, {});
});
afterEach(async () => {
  await workspace.close();
  rmSync(folder, { recursive: true, force: true });
});

const change = (body: string): void => {
  served.body = body;
  changes++;
};
async function told(address = url): Promise<string> {
  const items = source('items', { from: files(address), columns: { id: col.integer(), word: col.string() } });
  const project = { name: 'x', assets: { items }, place: { file: 'x', line: 1, column: 1 } };
  const { steps } = await run(graphOf(project as unknown as Project), kinds, workspace, {
    retry: { attempts: 1 },
  });
  return steps.map(({ outcome, note, problems }) => problems[0]?.message ?? `${outcome}: ${note}`).join('; ');
}

for (const etag of ['strong', 'weak', 'none'] as const)
  test(`a file behind a web address (ETag: ${etag}): read once, and again when it has changed`, async () => {
    served.etag = etag;
    assert.equal(await told(), 'published: 1 row from 1 object');
    served.asked = [];
    assert.equal(await told(), '');
    assert.deepEqual(served.asked, ['HEAD'], 'looking reads nothing');
    change('id,word\n1,two\n2,three\n');
    assert.equal(await told(), 'published: 2 rows from 1 object');
    assert.equal(workspace.state.live('items')?.rows, 2);
    assert.equal(await told(), '');
    assert.deepEqual(readdirSync(join(folder, HOME, 'pulls')), []);
  });

test('what cannot be read is said so', async () => {
  const place = url.replace('?day=1', '');
  served.status = 404;
  assert.match(await told().catch((error: Error) => error.message), /^No object matches 'http/);
  served.status = 403;
  assert.match(await told().catch((error: Error) => error.message), /items\.csv answers 403\.$/);
  served.status = 503;
  assert.equal(await told(), `${place} does not answer: it answers 503.`);
  Object.assign(served, fresh, { etag: 'none', modified: false });
  assert.match(await told().catch((error: Error) => error.message), /says no ETag and no Last-Modified/);
});

const NEVER = new AbortController().signal;
async function brought(): Promise<{ text: string; hash: string; waits: number[] }> {
  const store = openWeb();
  const object = (await store.find(url)) as StoredObject;
  served.asked = [];
  const waits: number[] = [];
  const to = join(folder, `it-${Math.random()}.csv`);
  const wait = async (n: number) => void waits.push(n);
  const { hash, found } = await bring({ store, object, to, signal: NEVER, wait });
  assert.equal(found.bytes, Buffer.byteLength(served.body));
  return { text: readFileSync(to, 'utf8'), hash, waits };
}
const long = `id,word\n${'1,a word of some length\n'.repeat(40_000)}`;

for (const ranges of [true, false])
  test(`a download that is cut goes on where it was, ${ranges ? 'by a range' : 'also where a server knows no ranges'}`, async () => {
    served.body = long;
    served.ranges = ranges;
    let cuts = 0;
    served.cut = 200_000;
    served.onCut = () => {
      // Without ranges each answer has to come further than the one before.
      cuts++;
      if (!ranges) served.cut += 200_000;
    };
    const { text, hash, waits } = await brought();
    assert.ok(text === long && hash === sha256(long));
    assert.ok(cuts >= 3 && waits.every((n) => n === 0), `${cuts} cuts, waits ${waits}`);
    assert.deepEqual(
      served.asked.slice(0, 2).map((line) => /bytes=\d/.test(line)),
      [false, true],
    );
  });

test('one that comes no further is given up after five times', async () => {
  served.body = long;
  served.cut = 0;
  await assert.rejects(brought(), (error: MillraceError) => {
    assert.equal(error.code, 'MILL_CONNECTOR_UNREACHABLE');
    return /was cut after 0 of 9\d+ bytes/.test(error.message);
  });
  assert.equal(served.asked.length, 5);
});

for (const etag of ['strong', 'weak', 'none'] as const)
  test(`a file that changes while it is read is never half the one and half the other (ETag: ${etag})`, async () => {
    served.body = long;
    served.etag = etag;
    served.cut = 200_000;
    served.onCut = () => change(long.replaceAll('word', 'text'));
    await assert.rejects(brought(), (error: MillraceError) => {
      assert.equal(error.problems[0]?.retry, true);
      return (
        /MILL_SOURCE_FILE_UNREADABLE/.test(error.message) &&
        /it was exchanged while it was read/.test(error.message)
      );
    });
  });

test('addresses that name nothing, or a secret, are faults of the declaration', () => {
  const faults = (glob: string) =>
    checkFiles({ glob, nulls: [] }, contractSpec({ columns: {} })).map(({ message }) => message);
  for (const sound of [
    'data/*.csv',
    '/abs/*.csv',
    'C:\\x\\*.csv',
    's3://bucket/in/*.csv',
    's3://bucket/a.csv',
    'https://h/x.csv',
    'HTTP://h/x.csv?day=1',
  ])
    assert.deepEqual(faults(sound), [], sound);
  for (const [glob, wanted] of [
    ['s3://', 'Its address names no S3 bucket.'],
    ['s3:///in/*.csv', 'Its address names no S3 bucket.'],
    ['s3://b_ad/x', 'Its address names no S3 bucket.'],
    ['s3://key:hidden@bucket/in/*.csv', 'Its address names no S3 bucket.'],
    ['s3://*/in', 'Its address names no S3 bucket.'],
    ['s3://bucket', 'Its address names no objects in bucket.'],
    ['s3://bucket/in/', 'Its address names no objects in bucket.'],
    ['gs://bucket/x.csv', 'Its address is none of s3://, https:// and http://.'],
    ['https://u:hidden@h/x.csv', 'Its address holds a secret.'],
    ['https://h/x.csv?X-Amz-Signature=hidden', 'Its address holds a secret.'],
    ['https://h/*.csv', 'What lies behind a web address cannot be listed, so it has no pattern.'],
  ] as const)
    assert.deepEqual(faults(glob), [wanted], glob);
});

test('columns within objects are a fault where the files are known to hold none', () => {
  const contract = contractSpec({ columns: { city: col.string().at('customer.city') } });
  const codes = (glob: string, format?: 'csv' | 'jsonl') =>
    checkFiles({ glob, nulls: [], ...(format === undefined ? {} : { format }) }, contract).map(
      ({ code }) => code,
    );
  assert.deepEqual(codes('data/*.jsonl'), []);
  assert.deepEqual(codes('data/*'), []);
  assert.deepEqual(codes('data/*.csv', 'jsonl'), []);
  assert.deepEqual(codes('data/*.csv.gz'), ['MILL_SOURCE_PATH']);
  assert.deepEqual(codes('s3://bucket/*.parquet'), ['MILL_SOURCE_PATH']);
  assert.deepEqual(codes('data/*.json', 'csv'), ['MILL_SOURCE_PATH']);
});

test('no more is listed than a pattern needs; of a name only a plain ending reaches the disk', () => {
  assert.deepEqual(['in/2024/*.csv', 'in/{a,b}/x', 'a.csv', '**/x', 'in/?.csv', ''].map(prefixOf), [
    'in/2024/',
    'in/',
    'a.csv',
    '',
    'in/',
    '',
  ]);
  assert.deepEqual(
    [
      's3://b/a.csv',
      's3://b/a.CSV.gz',
      's3://b/a',
      's3://b/a.b/c',
      's3://b/a./..',
      's3://b/a.c s"v',
      's3://b/.gz',
    ].map(endingOf),
    ['.csv', '.CSV.gz', '', '', '', '', '.gz'],
  );
});
