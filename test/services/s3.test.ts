import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { kinds, sourceVersionOf } from '../../src/assets/index.ts';
import { sha256 } from '../../src/base/index.ts';
import {
  graphOf,
  HOME,
  openWorkspace,
  type Project,
  plan,
  type RunOptions,
  type RunResult,
  rollback,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import { col, files, project, source } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { noS3, openS3Server, openWire, type S3Server, type Wire } from './s3.fixture.ts';

// What is object storage's own; what every way in does is in s3.conformance.slow.test.ts.

describe('objects in S3', { skip: noS3 }, () => {
  let server: S3Server;
  let wire: Wire;
  let folder: string;
  let workspace: Workspace;
  let prefix = '';
  let prefixes = 0;
  before(async () => {
    server = await openS3Server();
    wire = await openWire(server.endpoint);
  });
  after(async () => {
    await wire.close();
    await server.close();
  });
  beforeEach(async () => {
    Object.assign(process.env, server.env, { AWS_ENDPOINT_URL_S3: wire.endpoint });
    wire.allow(undefined);
    prefix = `in ${prefixes++}/`;
    folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    workspace = await openWorkspace(folder, {});
  });
  afterEach(async () => {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
    for (const name of Object.keys(server.env)) delete process.env[name];
  });

  const at = (pattern: string) => `s3://${server.bucket}/${prefix}${pattern}`;
  function items(address = at('*.csv'), columns = { id: col.integer(), word: col.string() }): Project {
    return project('bench', {
      items: source('items', { from: files(address), columns }),
    }) as unknown as Project;
  }
  const go = (given = items(), options: RunOptions = {}): Promise<RunResult> =>
    run(graphOf(given), kinds, workspace, { retry: { attempts: 1 }, ...options });
  async function published(given = items(), options: RunOptions = {}): Promise<string> {
    const { steps } = await go(given, options);
    assert.deepEqual(
      steps.map(({ outcome, problems }) => [outcome, ...problems]),
      [['published']],
    );
    return steps[0]?.note ?? '';
  }
  async function problem(given = items()): Promise<string> {
    const result = await go(given).catch((error: unknown) => error);
    const [first] = (result as RunResult).steps?.[0]?.problems ?? (result as { problems: [] }).problems;
    const { code, message } = first as unknown as { code: string; message: string };
    // Whatever there is to be printed of it, no secret is in it.
    const whole = inspect(result, { depth: 20, showHidden: true });
    for (const [name, value] of Object.entries(process.env))
      if (/^AWS_(ACCESS|SECRET|SESSION)/.test(name)) assert.ok(!whole.includes(value as string), name);
    return `${code}: ${message.replaceAll(wire.endpoint, 'HERE').replaceAll(prefix, '')}`;
  }
  async function rows(): Promise<string[]> {
    const live = workspace.state.live('items');
    const state = live && workspace.lake.table('items', live.snapshot);
    if (state === undefined) return [];
    const session = await workspace.engine.session();
    try {
      const all = await session.rows<{ id: number; word: string }>(
        `select * from ${session.scan(state)} order by all`,
      );
      return all.map(({ id, word }) => `${id} ${word}`);
    } finally {
      session.close();
    }
  }
  const put = (name: string, body: string | Uint8Array) => server.put(`${prefix}${name}`, body);
  const csv = (...words: string[]) => `id,word\n${words.map((word, i) => `${i},${word}\n`).join('')}`;
  const gets = () =>
    wire.asked().filter((line) => line.startsWith('GET') && /\.(csv|parquet|jsonl)/.test(line));
  const loads = () =>
    workspace.state
      .loadsIn('items', sourceVersionOf(workspace.state.live('items') as Version).loads)
      .map(({ path, hash }) => `${path.split('/').at(-1)} ${hash}`);

  test('a prefix that grows: only what is new is read, and a look reads nothing', async () => {
    await put('a.csv', csv('one'));
    await put('deep/b.csv', csv('two'));
    await put('.hidden.csv', csv('no'));
    await put('_SUCCESS', '');
    await put('c.csv.tmp', csv('no'));
    const all = items(at('**/*.csv'));
    const planned = await plan(graphOf(all), kinds, workspace);
    assert.equal(planned.steps[0]?.reasons.join(), '2 new objects');
    assert.deepEqual(gets(), []);
    assert.equal(await published(all), '2 rows from 2 objects');
    assert.equal(gets().length, 2);
    assert.deepEqual(loads(), [`a.csv ${sha256(csv('one'))}`, `b.csv ${sha256(csv('two'))}`]);
    await put('d.csv', csv('three'));
    assert.equal(await published(all), '1 row more from 1 object');
    assert.deepEqual(
      gets().map((line) => line.split('/').at(-1)),
      ['d.csv'],
    );
    assert.deepEqual((await go(all)).steps, []);
    assert.deepEqual(gets(), []);
    assert.deepEqual(await rows(), ['0 one', '0 three', '0 two']);
  });

  test('an object that is exchanged replaces its rows; one that is deleted keeps them; written again as it was it is not new', async () => {
    await put('a.csv', csv('one'));
    await put('b.csv', csv('two'));
    await published();
    await put('a.csv', csv('other'));
    assert.equal(await published(), '1 row more from 1 object');
    assert.deepEqual(await rows(), ['0 other', '0 two']);
    await put('a.csv', csv('other'));
    await server.remove(`${prefix}b.csv`);
    assert.deepEqual((await go()).steps, []);
    assert.deepEqual(await rows(), ['0 other', '0 two']);
    const again = items(undefined, { id: col.integer().between(0, 9), word: col.string() } as never);
    assert.match(
      await problem(again),
      /^MILL_SOURCE_FILES_GONE: .* 1 of its files are gone, s3:\/\/bench\/b\.csv/,
    );
  });

  test('what was taken back stays back, and is not read to know that', async () => {
    await put('a.csv', csv('one'));
    await published();
    await put('a.csv', csv('bad'));
    await published();
    rollback(workspace, 'items');
    gets();
    const [step] = (await go()).steps;
    assert.equal(step?.outcome, 'held');
    assert.deepEqual(gets(), []);
    await put('a.csv', csv('mended'));
    await published();
    assert.deepEqual(await rows(), ['0 mended']);
  });

  test('more than one page of objects; they are on disk in portions and gone afterwards', async () => {
    const count = 1100;
    const names = Array.from({ length: count }, (_, i) => `${String(i).padStart(4, '0')}.csv`);
    for (let i = 0; i < count; i += 50)
      await Promise.all(names.slice(i, i + 50).map((name, k) => put(name, csv(`w${i + k}`))));
    const pulls = join(folder, HOME, 'pulls');
    let most = 0;
    const seen: string[] = [];
    const note = await published(items(), {
      onEvent: (event) => {
        const there = existsSync(pulls) ? readdirSync(pulls, { recursive: true }) : [];
        most = Math.max(most, there.filter((name) => String(name).endsWith('.csv')).length);
        if ('what' in event) seen.push(String(event.what));
      },
    });
    assert.equal(note, `${count.toLocaleString('en')} rows from ${count.toLocaleString('en')} objects`);
    assert.equal((await rows()).length, count);
    assert.ok(most > 100 && most <= 508, `${most} at most at once`);
    assert.ok(
      seen.some((what) => what === '1 of 1100 objects fetched'),
      seen[0],
    );
    assert.deepEqual(readdirSync(pulls), []);
    assert.deepEqual((await go()).steps, []);
  });

  test('gzip, JSON lines and Parquet come through as from a folder', async () => {
    await put('a.csv.gz', gzipSync(csv('packed')));
    await published(items(at('*.csv.gz')));
    await put('b.jsonl', '{"id": 1, "word": "line"}\n');
    await published(items(at('*.{csv.gz,jsonl}')));
    const session = await workspace.engine.session();
    const file = join(folder, 'x.parquet');
    await session.run(`copy (select 2 as id, 'column' as word) to '${file}' (format parquet)`);
    session.close();
    await put("it's [odd] é.parquet", readFileSync(file));
    await published(items(at('*.{csv.gz,jsonl,parquet}')));
    assert.deepEqual(await rows(), ['0 packed', '1 line', '2 column']);
  });

  test('a download that is cut goes on where it was', async () => {
    const body = csv(...Array.from({ length: 60_000 }, (_, i) => `word-${i}`));
    await put('a.csv', body);
    // Listing and small answers pass; each connection gives a third at most.
    wire.allow(300_000);
    await published();
    assert.ok(wire.torn() >= 2, `${wire.torn()} times`);
    assert.equal((await rows()).length, 60_000);
    assert.deepEqual(loads(), [`a.csv ${sha256(body)}`]);
    const ranges = gets();
    assert.ok(ranges.length >= 3, `${ranges.length} requests`);
  });

  test('a download that is cut again and again fails, and says where it came to', async () => {
    await put('a.csv', csv(...Array.from({ length: 10_000 }, (_, i) => `word-${i}`)));
    // Some of it comes, then not even the head of an answer.
    wire.allow(50_000, async () => wire.allow(10));
    assert.match(
      await problem(),
      /^MILL_CONNECTOR_UNREACHABLE: s3:\/\/bench\/a\.csv at HERE does not answer: \w+\.$/,
    );
    assert.deepEqual(await rows(), []);
    wire.allow(undefined);
    await published();
  });

  test('an object that is exchanged while it is read is refused; the next run reads the new one', async () => {
    const body = (word: string) => csv(...Array.from({ length: 60_000 }, () => word));
    await put('a.csv', body('old'));
    let once = false;
    wire.allow(300_000, async () => {
      if (once) return;
      once = true;
      wire.allow(undefined);
      await put('a.csv', body('new'));
    });
    assert.equal(
      await problem(),
      "MILL_SOURCE_FILE_UNREADABLE: 's3://bench/a.csv' cannot be read: it was exchanged while it was read.",
    );
    assert.ok(once);
    await published();
    assert.deepEqual(new Set((await rows()).map((row) => row.split(' ')[1])), new Set(['new']));
  });

  test('an object that goes away while it is read', async () => {
    await put('a.csv', csv(...Array.from({ length: 60_000 }, () => 'old')));
    wire.allow(300_000, async () => {
      wire.allow(undefined);
      await server.remove(`${prefix}a.csv`);
    });
    assert.equal(
      await problem(),
      "MILL_SOURCE_FILE_UNREADABLE: 's3://bench/a.csv' cannot be read: it went away while it was read.",
    );
  });

  test('who refuses says why, without secrets', async () => {
    await put('a.csv', csv('one'));
    const env = { ...process.env };
    const told = async (changed: Record<string, string | undefined>, address?: string): Promise<string> => {
      for (const [name, value] of Object.entries(changed))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      const said = await problem(items(address));
      for (const name of Object.keys(changed)) process.env[name] = env[name];
      return said;
    };
    const refused = 'MILL_CONNECTOR_REFUSED: s3://bench/ at HERE:';
    assert.deepEqual(
      {
        bucket: await told({}, 's3://not-there/*.csv'),
        secret: await told({ AWS_SECRET_ACCESS_KEY: 'wrong-secret-of-the-tests' }),
        key: await told({ AWS_ACCESS_KEY_ID: 'NOBODY00000000000000' }),
        rights: await told(
          await server.stranger().then((env) => ({ ...env, AWS_ENDPOINT_URL_S3: wire.endpoint })),
        ),
        region: await told({ AWS_REGION: 'us-west-2' }),
        unset: await told({ AWS_SECRET_ACCESS_KEY: undefined }),
        nothing: await told({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }),
        odd: await told({ AWS_ENDPOINT_URL_S3: 'http://user:hidden@127.0.0.1:9' }),
        none: await told({}, at('*.none')),
      },
      {
        bucket: 'MILL_CONNECTOR_REFUSED: s3://not-there/ at HERE: there is no such bucket (NoSuchBucket).',
        secret: `${refused} AWS_SECRET_ACCESS_KEY is not the secret of the key in AWS_ACCESS_KEY_ID (SignatureDoesNotMatch).`,
        key: `${refused} it does not know the key in AWS_ACCESS_KEY_ID (InvalidAccessKeyId).`,
        rights: `${refused} access is denied (AccessDenied).`,
        region: `${refused} the region is another one (AuthorizationHeaderMalformed).`,
        unset: 'MILL_SECRET_MISSING: The environment variable AWS_SECRET_ACCESS_KEY is not set.',
        nothing:
          'MILL_CONNECTOR_UNREACHABLE: s3://bench/ at http://127.0.0.1:9 does not answer: ECONNREFUSED.',
        odd: 'MILL_CONNECTOR_INVALID: AWS_ENDPOINT_URL_S3, as the environment has it, is no http:// or https:// address.',
        none: `MILL_SOURCE_NO_FILES: No object matches '${at('*.none').replaceAll(prefix, '')}'.`,
      },
    );
  });

  test('nothing of what was said or kept holds the secret', async () => {
    await put('a.csv', csv('one'));
    await published();
    for (const name of readdirSync(join(folder, HOME), { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, HOME, name);
      if (/\.(db|db-wal|parquet|mdb)$/.test(path))
        assert.ok(!readFileSync(path).includes(server.secret), name);
    }
  });
});
