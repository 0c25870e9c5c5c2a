import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { InputSignature } from './matrix.ts';
import { inputNumber } from './matrix.ts';

// From 1.30 on the Linux builds tell Microsoft about each session (mobile.events.data.microsoft.com) unless this is set before the first
// one. Nothing leaves a project unasked; whoever wants it can set it to something else.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

/** A row of inputs by name, as features and request features give them. */
export type InputRow = Readonly<Record<string, unknown>>;

/** A model ready to answer: its ONNX file in ONNX Runtime. */
export interface Scorer {
  /** By row: the probability of true, or the value. */
  score(rows: readonly InputRow[]): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Loads an ONNX file made by a trainer. One thread for each run: rows are few and requests many. */
export async function openScorer(bytes: Uint8Array, inputs: readonly InputSignature[]): Promise<Scorer> {
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const binary = session.outputNames.includes('probabilities');
  const output = binary ? 'probabilities' : 'value';
  return {
    async score(rows) {
      const n = rows.length;
      const feeds: Record<string, Tensor> = {};
      for (const { name, type } of inputs) {
        feeds[name] =
          type === 'category'
            ? new Tensor(
                'string',
                rows.map((row) => String(row[name] ?? '')),
                [n, 1],
              )
            : new Tensor(
                'float32',
                Float32Array.from(rows, (row) => inputNumber(row[name])),
                [n, 1],
              );
      }
      const found = (await session.run(feeds, [output]))[output] as Tensor;
      const data = found.data as Float32Array;
      return Float64Array.from({ length: n }, (_, i) => data[binary ? 2 * i + 1 : i] as number);
    },
    close: () => session.release(),
  };
}
