import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import Fastify from 'fastify';
import { addMlflow } from './index.ts';
import { openWire, type Wire } from './wire.fixture.ts';

let wire: Wire;
let base: string;
before(async () => {
  wire = await openWire();
  await wire.app.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(wire.app.server.address() as AddressInfo).port}`;
});
after(() => wire.close());

const PROXY = '/api/2.0/mlflow-artifacts/artifacts';
const put = (path: string, body: string | Buffer): Promise<Response> =>
  fetch(`${base}${PROXY}/${path}`, { method: 'PUT', body: body as string });

/** A request whose path goes out as it is written: fetch and inject mend paths. */
function raw(method: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { port } = wire.app.server.address() as AddressInfo;
    request({ host: '127.0.0.1', port, method, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('files go up, are listed, come down and are deleted', async () => {
  const { body } = await wire.post('runs/create', {});
  const { run_id, artifact_uri } = (body['run'] as { info: Record<'run_id' | 'artifact_uri', string> }).info;
  const root = artifact_uri.replace('mlflow-artifacts:/', '');
  assert.deepEqual(await (await put(`${root}/model/MLmodel`, 'flavors: {}')).json(), {});
  assert.equal((await put(`${root}/100%25 ü.txt`, '')).status, 200);
  assert.equal((await put(`${root}/model/MLmodel`, 'again')).status, 200);
  const list = async (path?: string) =>
    (await wire.get('artifacts/list', { run_id, ...(path ? { path } : {}) })).body;
  assert.deepEqual(await list(), {
    root_uri: artifact_uri,
    files: [
      { path: '100% ü.txt', is_dir: false, file_size: 0 },
      { path: 'model', is_dir: true },
    ],
  });
  assert.deepEqual((await list('model'))['files'], [{ path: 'model/MLmodel', is_dir: false, file_size: 5 }]);
  assert.deepEqual((await list('nothing'))['files'], []);
  const below = await fetch(`${base}${PROXY}?path=${encodeURIComponent(`${root}/model`)}`);
  assert.deepEqual(await below.json(), { files: [{ path: 'MLmodel', is_dir: false, file_size: 5 }] });
  const down = await fetch(`${base}${PROXY}/${root}/model/MLmodel`);
  assert.equal(await down.text(), 'again');
  assert.match(down.headers.get('content-disposition') ?? '', /^attachment/);
  assert.equal(down.headers.get('x-content-type-options'), 'nosniff');
  const shown = await fetch(`${base}/get-artifact?run_uuid=${run_id}&path=model/MLmodel`);
  assert.equal(await shown.text(), 'again');
  assert.equal((await fetch(`${base}${PROXY}/${root}/model`)).status, 400);
  assert.equal((await put(`${root}/model/MLmodel/below`, 'x')).status, 400);
  assert.equal((await put(`${root}/model`, 'x')).status, 400);
  await fetch(`${base}${PROXY}/${root}/model`, { method: 'DELETE' });
  assert.equal((await fetch(`${base}${PROXY}/${root}/model/MLmodel`)).status, 404);
  assert.equal((await fetch(`${base}${PROXY}/${root}/model`, { method: 'DELETE' })).status, 200);
  for (const part of ['mpu/create', 'mpu/complete', 'mpu/abort']) {
    const answer = await fetch(`${base}/api/2.0/mlflow-artifacts/${part}/${root}/x`, {
      method: 'POST',
      body: '{}',
    });
    const { error_code } = (await answer.json()) as { error_code: string };
    assert.deepEqual([answer.status, error_code], [501, 'NOT_IMPLEMENTED']);
  }
});

test('64 MB go both ways as a stream', async () => {
  const parts = join(wire.folder, '.millrace', 'artifacts.part');
  const written = (): number =>
    existsSync(parts)
      ? readdirSync(parts).reduce((sum, name) => sum + statSync(join(parts, name)).size, 0)
      : 0;
  const chunk = randomBytes(1 << 20);
  const hash = createHash('sha256');
  async function* megabytes() {
    for (let i = 0; i < 64; i++) {
      hash.update(chunk);
      yield chunk;
      // What has come is on disk while the rest is still to come.
      while (i === 32 && written() < 16 << 20) await sleep(5);
    }
  }
  const up = await fetch(`${base}${PROXY}/0/big`, {
    method: 'PUT',
    body: Readable.toWeb(Readable.from(megabytes())) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  assert.equal(up.status, 200);
  const down = await fetch(`${base}${PROXY}/0/big`);
  const back = createHash('sha256');
  let bytes = 0;
  for await (const part of down.body as unknown as AsyncIterable<Uint8Array>) {
    back.update(part);
    bytes += part.length;
  }
  assert.equal(bytes, 64 << 20);
  assert.equal(back.digest('hex'), hash.digest('hex'));
});

test('an upload that breaks off leaves nothing', async () => {
  const { port } = wire.app.server.address() as AddressInfo;
  const cut = request({
    host: '127.0.0.1',
    port,
    method: 'PUT',
    path: `${PROXY}/0/cut`,
    headers: { 'content-length': 1_000_000 },
  });
  cut.on('error', () => {});
  cut.write('x'.repeat(1_000));
  const parts = join(wire.folder, '.millrace', 'artifacts.part');
  while (!existsSync(parts) || readdirSync(parts).length === 0) await sleep(5);
  cut.destroy();
  while (readdirSync(parts).length > 0) await sleep(5);
  assert.equal((await fetch(`${base}${PROXY}/0/cut`)).status, 404);
  // It is the caller who left: nothing of ours failed.
  await sleep(20);
  assert.deepEqual(wire.failures, []);
});

test('whatever comes up, goes down and is deleted at once, the answer is one of the wire', async () => {
  const paths = ['r', 'r/b', 'r/b/c', 's', 's/t'].map((path) => `0/at-once/${path}`);
  const { port } = wire.app.server.address() as AddressInfo;
  const cutOff = (path: string, after: number): Promise<number> =>
    new Promise((resolve) => {
      const headers = { 'content-length': 1_000_000 };
      const cut = request({ host: '127.0.0.1', port, method: 'PUT', path: `${PROXY}/${path}`, headers });
      cut.on('error', () => {});
      cut.on('response', (response) => response.resume());
      cut.on('close', () => resolve(400));
      cut.write('x');
      setImmediate(() => setTimeout(() => cut.destroy(), after));
    });
  const ask = async (method: string, path: string): Promise<number> => {
    const response = await fetch(`${base}${PROXY}/${path}`, {
      method,
      ...(method === 'PUT' ? { body: 'x' } : {}),
    });
    await response.text();
    return response.status;
  };
  const act = fc.oneof(
    fc.tuple(fc.constantFrom('PUT', 'PUT', 'GET', 'DELETE'), fc.constantFrom(...paths)),
    fc.tuple(fc.constantFrom(0, 1, 3), fc.constantFrom(...paths)),
    fc.tuple(fc.constant('GET'), fc.constantFrom(...paths.map((path) => `../artifacts?path=${path}`))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 12 }), async (acts) => {
      const told = await Promise.all(
        acts.map(([how, path]) => (typeof how === 'number' ? cutOff(path, how) : ask(how, path))),
      );
      for (const [i, status] of told.entries())
        assert.ok([200, 400, 404, 409].includes(status), `${JSON.stringify(acts[i])}: ${status}`);
      await ask('DELETE', '0/at-once');
    }),
    { numRuns: 100 },
  );
  const parts = join(wire.folder, '.millrace', 'artifacts.part');
  while (readdirSync(parts).length > 0) await sleep(5);
  await sleep(20);
  assert.deepEqual(wire.failures, []);
});

test('what an upload left whose process died is removed when a server starts, and not before it is old', async () => {
  const parts = join(wire.folder, '.millrace', 'artifacts.part');
  mkdirSync(parts, { recursive: true });
  for (const name of ['old', 'young']) writeFileSync(join(parts, name), 'x');
  utimesSync(join(parts, 'old'), 1, 1);
  const app = Fastify();
  await addMlflow(app, wire.graph, wire.workspace, () => {});
  assert.deepEqual(readdirSync(parts), ['young']);
  rmSync(join(parts, 'young'));
  await app.close();
});

test('no path leads out of the artifacts', async () => {
  writeFileSync(join(wire.folder, 'secret.txt'), 'secret');
  mkdirSync(join(wire.folder, '.millrace', 'artifacts', '0'), { recursive: true });
  const { body } = await wire.post('runs/create', {});
  const { run_id } = (body['run'] as { info: { run_id: string } }).info;
  for (const path of [
    '../../secret.txt',
    '..%2f..%2fsecret.txt',
    '%2e%2e/%2e%2e/secret.txt',
    '%252e%252e%252f%252e%252e%252fsecret.txt',
    '..%5c..%5csecret.txt',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'file:%2f%2f%2fetc%2fpasswd',
    '0%00/x',
  ]) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await raw(method, `${PROXY}/${path}`);
      assert.ok(answer.status === 400 || answer.status === 404, `${method} ${path}: ${answer.status}`);
      assert.ok(!/secret|root:/.test(answer.body), path);
    }
    for (const address of [
      `${PROXY}?path=${path}`,
      `/get-artifact?run_id=${run_id}&path=${path}`,
      `/api/2.0/mlflow/artifacts/list?run_id=${run_id}&path=${path}`,
    ]) {
      const answer = await raw('GET', address);
      assert.equal(answer.status, 400, `${address} ${answer.body}`);
    }
  }
  assert.ok(existsSync(join(wire.folder, 'secret.txt')));
  for (const wrong of ['../x', 'a/b', '..', 'x%2fy', ''])
    assert.equal((await raw('GET', `/get-artifact?path=x&run_id=${wrong}`)).status, 400, wrong);
  for (const method of ['DELETE', 'PUT']) assert.equal((await raw(method, `${PROXY}/`)).status, 400, method);
});

test('a link among the artifacts is not followed', async () => {
  const root = join(wire.folder, '.millrace', 'artifacts', '0');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(wire.folder, 'secret.txt'), 'secret');
  symlinkSync(join(wire.folder, 'secret.txt'), join(root, 'link'));
  symlinkSync(wire.folder, join(root, 'folder'));
  for (const path of ['0/link', '0/folder/secret.txt', '0/folder/new.txt']) {
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const answer = await raw(method, `${PROXY}/${path}`);
      assert.equal(answer.status, 400, `${method} ${path}`);
    }
  }
  const listed = (await (await fetch(`${base}${PROXY}?path=0`)).json()) as { files: { path: string }[] };
  assert.ok(!listed.files.some(({ path }) => path === 'link' || path === 'folder'));
  assert.ok(existsSync(join(wire.folder, 'secret.txt')));
  assert.ok(!existsSync(join(wire.folder, 'new.txt')));
});

test('nothing is fetched from where an address leads: no other host, no file of this machine', async () => {
  for (const artifact_location of [
    'file:///etc',
    '/etc',
    'http://169.254.169.254/latest',
    'mlflow-artifacts://127.0.0.1:22/x',
    's3://bucket/x',
  ]) {
    const made = await wire.post('experiments/create', { name: artifact_location, artifact_location });
    const run = await wire.post('runs/create', { experiment_id: made.body['experiment_id'] });
    const { run_id } = (run.body['run'] as { info: { run_id: string } }).info;
    const list = await wire.get('artifacts/list', { run_id });
    assert.match(list.body.message ?? '', /not kept by this server/, artifact_location);
    assert.equal((await raw('GET', `/get-artifact?run_id=${run_id}&path=passwd`)).status, 400);
  }
  for (const artifact_location of [
    'mlflow-artifacts:/../../etc',
    'mlflow-artifacts:/a/%2e%2e/%2e%2e/etc',
    'http://x/y?path=../../etc',
    'http://x/y#/../z',
    'http://x/y;../z',
    'runs:/x',
  ]) {
    const made = await wire.post('experiments/create', { name: artifact_location, artifact_location });
    assert.equal(made.status, 400, artifact_location);
  }
});

test('an upload may take longer than other requests may, as long as it moves', async () => {
  const app = Fastify({
    requestTimeout: 300,
    http: { connectionsCheckingInterval: 50, headersTimeout: 200 },
  });
  await addMlflow(app, wire.graph, wire.workspace, () => {});
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const slowly = async (method: string, path: string): Promise<number> =>
    new Promise((resolve) => {
      const slow = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: { 'content-length': 4, 'content-type': 'application/json' },
        },
        (response) => resolve(response.resume().statusCode ?? 0),
      );
      slow.on('error', () => resolve(-1));
      const send = async () => {
        for (const letter of '"ab"') {
          slow.write(letter);
          await sleep(250);
        }
        slow.end();
      };
      void send();
    });
  assert.equal(await slowly('PUT', `${PROXY}/0/slow`), 200);
  assert.equal(await slowly('POST', '/api/2.0/mlflow/runs/search'), 408);
  await app.close();
});
