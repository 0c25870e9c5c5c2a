import { openOnnx } from '../onnx.ts';
import type { Trial } from './trial.ts';

// The process of a trial (trial.ts): it is sent a file with rows, asks the file, says that this has an end, and ends.

process.once('message', async (trial) => {
  const { bytes, asking, rows } = trial as Trial;
  try {
    const scorer = await openOnnx(bytes, asking);
    await scorer.score(rows);
  } catch {
    // An error is an end as well.
  }
  process.send?.('ended', () => process.exit(0));
});
