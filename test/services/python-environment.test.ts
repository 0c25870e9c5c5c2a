import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { pythonOf } from '../../src/assets/model/python/environment.ts';
import { newFolder } from '../truth/line.fixture.ts';
import { skip } from './python-packages.fixture.ts';

// Virtual environments by the installer itself.

describe('environments', { skip }, () => {
  let folder: string;
  before(() => {
    folder = newFolder();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const wanted = async (requirements: string, python?: string) => {
    const said: string[] = [];
    const making = { folder, signal: new AbortController().signal, say: (line: string) => said.push(line) };
    return [await pythonOf({ requirements, python }, making), said] as const;
  };

  /** Asks for an environment in a process of its own; gives what it printed. */
  const elsewhere = async (requirements: string): Promise<string> => {
    const code = `
      const { pythonOf } = await import(${JSON.stringify(new URL('../../src/assets/model/python/environment.ts', import.meta.url).href)});
      const making = { folder: ${JSON.stringify(folder)}, signal: new AbortController().signal, say: (line) => console.log(line) };
      console.log(await pythonOf({ requirements: ${JSON.stringify(requirements)} }, making));`;
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', code]);
    let told = '';
    child.stdout.on('data', (text) => {
      told += text;
    });
    child.stderr.on('data', (text) => {
      told += text;
    });
    await once(child, 'close');
    return told;
  };

  test('several that want the same at once share one, which is made once', async () => {
    const [first, second, here] = await Promise.all([
      elsewhere('# nothing\n'),
      elsewhere('\n# nothing else'),
      wanted(''),
    ]);
    const all = `${first}${second}${here[1].join('\n')}`;
    assert.equal(all.match(/making a virtual environment/g)?.length, 1, all);
    for (const told of [first, second]) assert.ok(told.includes(here[0]), told);
    assert.ok(existsSync(here[0]));
    const [again, said] = await wanted('  # still nothing');
    assert.deepEqual([again, said], [here[0], []]);
  });

  test('requirements that cannot be met: the word of the installer, and nothing is left', async () => {
    const requirements = '--no-index\nmillrace-has-no-such-package==1\n';
    for (let i = 0; i < 2; i++)
      await assert.rejects(wanted(requirements), {
        code: 'MILL_PYTHON_ENVIRONMENT',
        message: /cannot be made: .*millrace-has-no-such-package/i,
      });
  });

  test('what lies elsewhere on this machine, and a Python that is none', async () => {
    for (const local of ['-r other.txt', '-e .', './wheels/x.whl', 'x @ file:///x.whl'])
      await assert.rejects(wanted(`numpy\n${local}`), {
        code: 'MILL_PYTHON_ENVIRONMENT',
        message: /of this machine/,
      });
    await assert.rejects(wanted('', 'python-that-is-none'), {
      code: 'MILL_PYTHON_ENVIRONMENT',
      message: /There is no program 'python-that-is-none'/,
    });
  });
});
