// Scores a batch, as a process that can be killed: `node batch.crash.fixture.ts FOLDER ID SIZE`. Says when it begins and when it is done.
import { scoreBatch } from '../../src/assets/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { line, openBench } from '../truth/line.fixture.ts';

const [folder, id, size] = process.argv.slice(2) as [string, string, string];
const bench = await openBench(folder);
const screen = bench.workspace.state.live('screen') as Version;
process.send?.('begun');
const { again, resumed } = await scoreBatch(graphOf(line()), bench.workspace, screen, {
  source: 'outcomes',
  asOf: { column: 'paid_at' },
  id,
  size: Number(size),
});
process.send?.({ again, resumed });
await bench.close();
process.disconnect();
