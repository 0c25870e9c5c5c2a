import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { env } from '../../base/index.ts';
import { graphOf, type Kind, type Kinds, openWorkspace, type Project, plan, run } from '../../graph/index.ts';
import { col } from '../contract/index.ts';
import { source } from './declare.ts';
import { files } from './files/declare.ts';
import { openApi, sendJson } from './http/api.fixture.ts';
import { http } from './http/declare.ts';
import { sourceKind } from './kind.ts';

test('a source that is refused when it looks fails by itself, with what it was told; all others go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const api = await openApi();
  const columns = { id: col.integer() };
  const assets = {
    a_secret: source('a_secret', {
      from: http({ url: api.url, headers: { Authorization: env('TEST_PLAN_NOWHERE') } }),
      columns,
    }),
    b_refused: source('b_refused', { from: http({ url: `${api.url}/b` }), columns }),
    // What lies there under the name of a file is a folder.
    c_folder: source('c_folder', { from: files('c/*.csv'), columns }),
    d_fine: source('d_fine', { from: files('d/*.csv'), columns }),
  };
  const graph = graphOf({
    name: 'x',
    assets,
    place: { file: 'x', line: 1, column: 1 },
  } as unknown as Project);
  const kinds: Kinds = new Map([[sourceKind.kind, sourceKind as unknown as Kind]]);
  const workspace = await openWorkspace(folder, {});
  const go = async (): Promise<string[]> => {
    const { steps } = await run(graph, kinds, workspace, { retry: { attempts: 1 } });
    return steps
      .map(({ step, outcome, problems }) =>
        `${step.asset} ${step.action} ${outcome} ${problems[0]?.code ?? ''}`.trim(),
      )
      .sort();
  };
  const put = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  try {
    put('d/1.csv', 'id\n1\n');
    mkdirSync(join(folder, 'c', 'x.csv'), { recursive: true });
    api.answer((_, response) => response.writeHead(401).end('who are you?'));
    const { steps } = await plan(graph, kinds, workspace);
    assert.match(steps.find(({ asset }) => asset === 'b_refused')?.reasons[0] ?? '', /401/);
    assert.deepEqual(await go(), [
      'a_secret create failed MILL_SECRET_MISSING',
      'b_refused create failed MILL_CONNECTOR_REFUSED',
      'c_folder create failed MILL_SOURCE_NO_FILES',
      'd_fine create published',
    ]);
    // Once it is let in it is as if nothing had been.
    api.answer((_, response) => sendJson(response, [{ id: 7 }]));
    rmSync(join(folder, 'c', 'x.csv'), { recursive: true });
    put('c/x.csv', 'id\n5\n');
    process.env['TEST_PLAN_NOWHERE'] = 'now';
    assert.deepEqual(
      await go(),
      ['a_secret', 'b_refused', 'c_folder'].map((name) => `${name} create published`),
    );
    assert.deepEqual(await go(), []);
    api.answer((_, response) => response.writeHead(403).end());
    put('d/2.csv', 'id\n2\n');
    assert.deepEqual(await go(), [
      'a_secret extend failed MILL_CONNECTOR_REFUSED',
      'b_refused extend failed MILL_CONNECTOR_REFUSED',
      'd_fine extend published',
    ]);
    assert.deepEqual(
      [workspace.state.live('b_refused')?.id, workspace.state.live('b_refused')?.rows],
      ['b_refused@1', 1],
    );
    api.answer((_, response) => sendJson(response, [{ id: 7 }]));
    assert.deepEqual(await go(), []);
  } finally {
    delete process.env['TEST_PLAN_NOWHERE'];
    await workspace.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
