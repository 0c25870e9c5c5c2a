import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '../../../base/index.ts';
import { type PythonOptions, pythonSettings } from './options.ts';

test('what is left out has its default', () => {
  const settings = pythonSettings({ script: './a/train.py' });
  assert.deepEqual(settings, {
    ...{ script: 'a/train.py', env: {}, params: {}, files: [] },
    ...{ time: 1_800_000_000, memory: 4 * 2 ** 30 },
  });
});

test('a script that is not named is told', () => {
  assert.throws(
    () => pythonSettings({} as PythonOptions),
    /'script' is undefined, which is not within the project/,
  );
});

test('paths outside of the project, and amounts that are none, are told all at once', () => {
  const options = {
    ...{ script: '../train.py', files: ['/etc/passwd', 'a/../../b'], env: { requirements: '' } },
    ...{ time: 'soon', memory: '4TB' },
  } as unknown as PythonOptions;
  assert.throws(
    () => pythonSettings(options),
    (error: MillraceError) => {
      const told = error.problems.map(({ code, message }) => `${code} ${message}`).join('\n');
      for (const part of [
        "'script' is '../train.py'",
        "'files' is '/etc/passwd'",
        "'a/../../b'",
        "'requirements' is ''",
        "'memory' is '4TB'",
        "'soon' is not a duration",
      ])
        assert.ok(told.includes(part), part);
      return error.problems.length === 6;
    },
  );
});
