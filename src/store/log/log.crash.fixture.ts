/**
 * A process that appends until it is killed, and says on standard output what was acknowledged:
 * node log.crash.fixture.ts FOLDER SEGMENT_BYTES [stop-at-failure]
 */
import { writeSync } from 'node:fs';
import { openLog } from './index.ts';

const [folder = '', segmentBytes = '4096', stop] = process.argv.slice(2);
// Past its file size limit a process gets this signal; without a listener it would die of it.
process.on('SIGXFSZ', () => undefined);
const log = await openLog(folder, { segmentBytes: Number(segmentBytes) });

async function appendFor(lane: number): Promise<void> {
  for (let n = 0; ; n++) {
    const value = { lane, n, pad: 'x'.repeat((n * 37) % 200) };
    try {
      const { stream, index } = await log.append(value);
      writeSync(1, `${JSON.stringify({ stream, index, lane, n })}\n`);
    } catch (error) {
      writeSync(1, `${JSON.stringify({ code: (error as { code?: string }).code, lane, n })}\n`);
      if (stop !== undefined) return;
    }
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => appendFor(lane)));
const { stream, index } = await log.append({ lane: -1, n: 0, pad: '' });
writeSync(1, `${JSON.stringify({ stream, index, lane: -1, n: 0 })}\n`);
await log.close();
