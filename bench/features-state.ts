import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openDuckDb } from '../src/engine/index.ts';
import { ASKED, type Size, seeHistory, writeHistory } from './features-data.ts';
import { openOnline, statesOf } from './features-ours.ts';
import { oneWindow, WINDOWS } from './features-project.ts';
import { type Result, result } from './results.ts';

/** Bytes of a state of four features over one window, in the store and as JSON, beside the entity's payments within that window. */
export async function featuresState(folder: string, size: Size): Promise<Result[]> {
  mkdirSync(folder, { recursive: true });
  const engine = await openDuckDb({ memoryLimit: '4GB' });
  const results: Result[] = [];
  try {
    const session = await engine.session();
    await writeHistory(session, folder, size);
    await seeHistory(session, folder);
    for (const window of WINDOWS) {
      const body = oneWindow(window);
      const place = join(folder, `online-${window}`);
      const online = await openOnline(place, body, ASKED.to);
      const before = bytesIn(place);
      let json = 0;
      const entities = await online.fill(
        (async function* () {
          for await (const one of statesOf(session, body, 'events', ASKED.to)) {
            json += Buffer.byteLength(JSON.stringify(one.state));
            yield one;
          }
        })(),
      );
      await online.close();
      const stored = (bytesIn(place) - before) / entities;
      // An instant and an amount, eight bytes each: what the payments themselves would take.
      const spec = body.features[0] as unknown as { window: number };
      const [raw] = await session.rows<{ bytes: number }>(
        `select (16.0 * count(*) / ${entities})::DOUBLE as bytes from events where epoch_us(paid_at) >= ${ASKED.to - spec.window}`,
      );
      const payments = raw?.bytes ?? Number.NaN;
      const said = (bytes: number): string => `${Math.round(bytes).toLocaleString('en')} bytes`;
      results.push(
        result(
          `state of an entity, 4 features over ${window}`,
          stored / payments,
          'lower',
          `${said(stored)} in the store, ${said(json / entities)} as JSON`,
          `${said(payments)}, its payments in the window at 16 bytes each`,
        ),
      );
    }
  } finally {
    await engine.close();
  }
  return results;
}

/** What files take of the disk; an LMDB file may be longer than that. */
const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).blocks * 512, 0);
