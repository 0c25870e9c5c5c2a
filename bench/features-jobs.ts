import { join } from 'node:path';
import { openDuckDb, type Session } from '../src/engine/index.ts';
import { alike, asofJoins, frames, rangeJoin, runningTable, sorted } from './features-by-hand.ts';
import { ASKED, type Size, seeHistory, writeHistory } from './features-data.ts';
import { answerHistory } from './features-ours.ts';
import { everything, sixteen, sixteenLate } from './features-project.ts';
import { measured } from './measured.ts';

// One way to answer a history of asks, measured by itself: node --conditions=source bench/features-jobs.ts JOB FOLDER [MORE]
// The answers go to JOB.parquet in the folder, after the time was taken.

const [name = '', folder = '', more = ''] = process.argv.slice(2);

const made =
  (sql: string) =>
  async (session: Session): Promise<string> => {
    await session.run(`create temp table answers as ${sql}`);
    return 'answers';
  };
const ours =
  (body: typeof sixteen) =>
  async (session: Session): Promise<string> => {
    await answerHistory(session, { body, events: 'events', asks: 'asks', bounds: ASKED }, 'answers');
    return 'answers';
  };

const ways: Readonly<Record<string, (session: Session) => Promise<string>>> = {
  ours: ours(sixteen),
  'ours-late': ours(sixteenLate),
  'ours-everything': ours(everything),
  'range-join': made(rangeJoin(sixteen, 'paid_at')),
  'range-join-late': made(rangeJoin(sixteenLate, 'known_at')),
  asof: made(asofJoins(sixteen)),
  frames: made(frames(sixteen, 'all')),
  'running-table': made(runningTable),
  floor: async (session) => {
    await session.run(`create temp table line as ${sorted}`);
    await session.run(
      `create temp table answers as select count(*) as rows, sum(instant) as instants, max(amount) as dearest from line`,
    );
    return 'answers';
  },
};
const bodies = { sixteen, 'sixteen-late': sixteenLate, everything } as const;

const engine = await openDuckDb({ memoryLimit: '4GB', tempFolder: join(folder, 'spill') });
const session = await engine.session();
const file = (answers: string): string => join(folder, `${answers}.parquet`);
if (name === 'write') await measured(async () => writeHistory(session, folder, JSON.parse(more) as Size));
else if (name === 'compare') {
  const { body, mine, theirs } = JSON.parse(more) as {
    body: keyof typeof bodies;
    mine: string;
    theirs: string;
  };
  const [row] = await session.rows(
    alike(bodies[body], `read_parquet('${file(mine)}')`, `read_parquet('${file(theirs)}')`),
  );
  await measured(async () => row);
} else {
  const way = ways[name];
  if (way === undefined) throw new Error(`no way '${name}'`);
  await seeHistory(session, folder);
  await measured(() => way(session));
  await session.run(`copy (from answers) to '${file(name)}' (format parquet)`);
}
await engine.close();
