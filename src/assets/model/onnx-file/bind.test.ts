import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InputSignature } from '../matrix.ts';
import { bindOnnx, type OnnxOptions, type OnnxQuestion } from './bind.ts';
import { type MadeEdge, type MadeFile, madeFile } from './onnx-file.fixture.ts';
import { type OnnxSignature, signatureOf } from './signature.ts';

const number = (name: string): InputSignature => ({ name, type: 'number' });
const text = (name: string): InputSignature => ({ name, type: 'category' });
const [FLOAT, INT64, STRING, DOUBLE] = [1, 7, 8, 11];
const probabilities: MadeEdge = { name: 'probabilities', shape: ['n', 2] };
const label: MadeEdge = { name: 'label', element: INT64, shape: ['n'] };

function bound(
  file: Partial<MadeFile>,
  inputs: readonly InputSignature[],
  options: OnnxOptions = {},
  task: OnnxQuestion['task'] = 'binary',
) {
  const bytes = madeFile({ inputs: [], outputs: [label, probabilities], ...file });
  return bindOnnx('m.onnx', signatureOf(bytes) as OnnxSignature, { task, inputs }, options);
}

const said = (result: ReturnType<typeof bound>): string =>
  result.problems.map(({ code, message, todo }) => `${code} ${message} ${todo}`).join('\n');

test('inputs by name are fed one by one, also where the file wants doubles or [n]', () => {
  const file = {
    inputs: [
      { name: 'b', element: STRING },
      { name: 'a', element: DOUBLE, shape: ['n'] },
    ],
  };
  const { binding, problems } = bound(file, [number('a'), text('b'), number('unused')]);
  assert.deepEqual(problems, []);
  assert.deepEqual(binding, {
    feeds: [
      { input: 'b', element: 'string', columns: ['b'] },
      { input: 'a', element: 'double', columns: ['a'], flat: true },
    ],
    output: 'probabilities',
  });
});

test('one matrix takes all numbers in order, or those that are listed', () => {
  const file = (width: number | string) => ({ inputs: [{ name: 'X', shape: ['n', width] }] });
  const three = [number('a'), number('b'), number('c')];
  for (const width of [3, 'k']) {
    const { binding, problems } = bound(file(width), three);
    assert.deepEqual(problems, []);
    assert.deepEqual(binding.feeds, [{ input: 'X', element: 'float', columns: ['a', 'b', 'c'] }]);
  }
  const listed = bound(file(2), [...three, text('d')], { inputs: ['c', 'a'] });
  assert.deepEqual(listed.problems, []);
  assert.deepEqual(listed.binding.feeds[0]?.columns, ['c', 'a']);
  assert.match(said(bound(file(2), three)), /MILL_ONNX_INPUTS .*matrix of 2 columns, 'X'; the model has 3/);
  assert.match(
    said(bound(file('k'), [number('a'), text('d')])),
    /takes one matrix of numbers.*'d' is text.*skl2onnx/,
  );
  assert.match(
    said(bound(file(1), three, { inputs: ['aa'] })),
    /'inputs' lists 'aa', which is no feature.*Is 'a' meant/,
  );
});

test('a model of one input is asked by its name, whatever its width says', () => {
  const file = { inputs: [{ name: 'amount', shape: ['n', 1] }] };
  assert.deepEqual(bound(file, [number('amount'), number('n')]).binding.feeds[0]?.columns, ['amount']);
});

test('wrong inputs: all of them are told at once, with what is near', () => {
  const result = bound(
    {
      inputs: [
        { name: 'ammount' },
        { name: 'country', element: FLOAT },
        { name: 'items', element: INT64 },
        { name: 'wide', shape: ['n', 4] },
        { name: 'one', shape: [1, 1] },
      ],
    },
    [number('amount'), text('country'), number('items'), number('wide'), number('one')],
  );
  const told = said(result);
  assert.match(told, /wants an input 'ammount', which is no feature.* Is 'amount' meant\?/);
  assert.match(told, /'country' of m.onnx is float; wanted string/);
  assert.match(told, /'items' of m.onnx is int64; wanted float or double/);
  assert.match(told, /'wide' of m.onnx is \[n, 4\]; wanted \[n, 1\]/);
  assert.match(told, /'one' of m.onnx is \[1, 1\]: it takes exactly 1 row at a time/);
  assert.equal(result.problems.length, 5);
  const renamed = bound({ inputs: [{ name: 'ammount' }] }, [number('amount')], {
    inputs: { amount: 'ammount' },
  });
  assert.deepEqual(renamed.problems, []);
  assert.deepEqual(renamed.binding.feeds[0], { input: 'ammount', element: 'float', columns: ['amount'] });
});

test('outputs: the likely one is taken, ZipMap is refused with the call that leaves it out', () => {
  const one = { inputs: [{ name: 'a' }] };
  const outputs = (...edges: MadeEdge[]) => bound({ ...one, outputs: edges }, [number('a')]);
  assert.equal(outputs(label, { name: 'whatever', shape: ['n', 2] }).binding.output, 'whatever');
  assert.equal(
    outputs({ name: 'embedding', shape: ['n', 8] }, probabilities).binding.output,
    'probabilities',
  );
  assert.match(
    said(outputs(label, { name: 'output_probability', of: 4 })),
    /MILL_ONNX_OUTPUT .*'output_probability'.*ZipMap.*to_onnx\(model, X\[:1\], options=\{'zipmap': False\}\)/,
  );
  assert.match(said(outputs(label)), /'label' int64\) none can be the probabilities.*not only the class/);
  assert.match(
    said(outputs({ name: 'p' }, { name: 'q' })),
    /several can be the probabilities.*`output: '…'`/,
  );
  assert.match(
    said(outputs({ name: 'probabilities', shape: ['n', 3] })),
    /\[n, 3\]; wanted \[n, 1\] or \[n, 2\]/,
  );
  const chosen = bound({ ...one, outputs: [{ name: 'p' }, { name: 'q' }] }, [number('a')], { output: 'q' });
  assert.equal(chosen.binding.output, 'q');
  const missing = bound({ ...one, outputs: [probabilities] }, [number('a')], { output: 'probabilites' });
  assert.match(said(missing), /has no output 'probabilites'.*Is 'probabilities' meant/);
  const value = { outputs: [{ name: 'variable' }] };
  assert.equal(bound({ ...one, ...value }, [number('a')], {}, 'regression').binding.output, 'variable');
});

test('constants among the inputs are none; numbers beside the file are seen', () => {
  const bytes = madeFile({
    inputs: [{ name: 'a' }, { name: 'w' }],
    outputs: [probabilities],
    constants: ['w'],
    external: true,
  });
  const { inputs, external } = signatureOf(bytes) as OnnxSignature;
  assert.deepEqual(
    inputs.map(({ name }) => name),
    ['a'],
  );
  assert.equal(external, true);
});

test('bytes that are no ONNX file are told from one that is, and end in no other way', () => {
  const good = madeFile({ inputs: [{ name: 'a' }], outputs: [probabilities] });
  for (const bytes of ['', 'hello, this is text', '{"a": 1}', '\u0080\u0004\u0095'])
    assert.equal(signatureOf(Buffer.from(bytes)), undefined, bytes);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, at) => {
      signatureOf(noise);
      const cut = signatureOf(good.subarray(0, at));
      assert.ok(at === good.length || cut === undefined);
      signatureOf(Buffer.concat([good.subarray(0, at), noise, good.subarray(at)]));
    }),
  );
});
