import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { env } from '../../../base/index.ts';
import {
  graphOf,
  type Kind,
  type Kinds,
  openWorkspace,
  type Project,
  plan,
  run,
  specOf,
} from '../../../graph/index.ts';
import { col } from '../../contract/index.ts';
import { source } from '../declare.ts';
import { sourceKind } from '../kind.ts';
import { openApi, sendJson } from './api.fixture.ts';
import { http } from './declare.ts';

test('a token is in no plan, event, result, message or file, whether it is taken or refused', async () => {
  const TOKEN = 'tok+5up3r/s3cret';
  process.env['TEST_HTTP_SECRET'] = TOKEN;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const api = await openApi();
  try {
    const items = source('items', {
      from: http({
        url: `${api.url}/v1`,
        headers: { Authorization: env('TEST_HTTP_SECRET', { before: 'Bearer ' }) },
        query: { api_key: env('TEST_HTTP_SECRET') },
      }),
      columns: { id: col.integer() },
    });
    const place = { file: 'x', line: 1, column: 1 };
    const graph = graphOf({ name: 'bench', assets: { items }, place } as unknown as Project);
    const kinds: Kinds = new Map([[sourceKind.kind, sourceKind as unknown as Kind]]);
    const said: unknown[] = [specOf(graph)];
    const workspace = await openWorkspace(folder, {});
    try {
      const go = () =>
        run(graph, kinds, workspace, { retry: { attempts: 1 }, onEvent: (event) => said.push(event) }).catch(
          (error: unknown) => error,
        );
      api.answer((_, response) => sendJson(response, [{ id: 1 }, { id: 'x' }]));
      said.push(await plan(graph, kinds, workspace), await go());
      assert.equal(workspace.state.live('items')?.rows, 1);
      // Services that tell in their answers what they were sent.
      for (const status of [401, 503]) {
        api.answer((url, response) =>
          response
            .writeHead(status, { 'retry-after': '9999' })
            .end(`no ${url.search} ${api.headers.at(-1)?.authorization}`),
        );
        said.push(await go());
      }
    } finally {
      await workspace.close();
    }
    assert.ok(api.headers.every(({ authorization }) => authorization === `Bearer ${TOKEN}`));
    const text = inspect(said, { depth: 30, showHidden: true, maxArrayLength: null, maxStringLength: null });
    for (const code of ['REFUSED', 'UNREACHABLE']) assert.ok(text.includes(`MILL_CONNECTOR_${code}`), code);
    for (const form of [TOKEN, encodeURIComponent(TOKEN)]) assert.ok(!text.includes(form), form);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(TOKEN), entry.name);
    }
  } finally {
    delete process.env['TEST_HTTP_SECRET'];
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
