import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { InputColumn } from '../trainer.port.ts';

function tensorOf(column: InputColumn): Tensor {
  if (column.type === 'number')
    return new Tensor('float32', Float32Array.from(column.values), [column.values.length, 1]);
  const names = Array.from(column.codes, (code) => (code < 0 ? '' : column.categories[code]!));
  return new Tensor('string', names, [names.length, 1]);
}

/** What ONNX Runtime says of the columns: the output's numbers and shape, and the names of inputs and outputs. */
export async function runOnnx(
  file: Uint8Array,
  columns: readonly InputColumn[],
): Promise<{
  readonly data: Float32Array;
  readonly dims: readonly number[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}> {
  const session = await InferenceSession.create(file);
  try {
    const answer = await session.run(
      Object.fromEntries(columns.map((column) => [column.name, tensorOf(column)])),
    );
    const output = answer[session.outputNames[0]!]!;
    const { inputNames: inputs, outputNames: outputs } = session;
    return { data: output.data as Float32Array, dims: output.dims, inputs, outputs };
  } finally {
    await session.release();
  }
}
