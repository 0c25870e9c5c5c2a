import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flushPredictions } from '../../assets/index.ts';
import { MillraceError } from '../../base/index.ts';
import { several } from '../plain-text.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** How a log of predictions is named after its endpoint. */
const PREDICTIONS = 'predictions-';

/** Logs that cannot be read, and what processes have left in them that are gone. */
export async function logFindings(subject: Subject): Promise<Finding[]> {
  const folder = join(subject.home, 'log');
  if (!existsSync(folder)) return [];
  const found: Finding[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) found.push(...(await oneLog(subject, entry.name)));
  return found;
}

async function oneLog(subject: Subject, name: string): Promise<Finding[]> {
  const { workspace, settled, home } = subject;
  const streams = streamsOf(join(home, 'log', name), settled);
  if (streams.size === 0) return [];
  const log = await workspace.log(name);
  const from = workspace.state.logOffsets(name);
  const waiting = new Map<string, number>();
  try {
    for await (const { position } of log.read(from))
      waiting.set(position.stream, (waiting.get(position.stream) ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return [{ level: 'broken', room: 'log', what: error.message, todo: error.problems[0]?.todo ?? '' }];
  }
  const found: Finding[] = [];
  const empty = emptyFiles(join(home, 'log', name), settled);
  if (empty.length > 0)
    found.push({
      level: 'left',
      room: 'log',
      what: `${name}: ${several(empty.length, 'empty file')} of processes that died before they wrote`,
      todo: '--fix deletes them.',
      fix: () => {
        for (const path of empty) rmSync(path, { force: true });
        return `${several(empty.length, 'empty file')} deleted`;
      },
    });
  const late = [...streams].filter((stream) => waiting.has(stream));
  const records = late.reduce((sum, stream) => sum + (waiting.get(stream) ?? 0), 0);
  const endpoint = name.startsWith(PREDICTIONS) ? name.slice(PREDICTIONS.length) : undefined;
  if (records > 0)
    found.push({
      level: 'left',
      room: 'log',
      what: `${name}: ${several(records, 'record')} that a process has left behind and the lake does not have yet`,
      todo:
        endpoint === undefined
          ? 'The server that reads this log brings them.'
          : '--fix brings them to the lake.',
      ...(endpoint === undefined
        ? {}
        : {
            fix: async () =>
              `${several(await flushPredictions(workspace, endpoint), 'prediction')} brought to the lake`,
          }),
    });
  const spent = [...streams].filter((stream) => !waiting.has(stream) && from.has(stream));
  if (spent.length > 0)
    found.push({
      level: 'left',
      room: 'log',
      what: `${name}: ${several(spent.length, 'stream')} of processes that are gone, all of it in the lake`,
      todo: '--fix deletes what is in the lake.',
      fix: async () => {
        await log.trim(new Map(spent.map((stream) => [stream, from.get(stream) as number])));
        return `${several(spent.length, 'stream')} deleted`;
      },
    });
  return found;
}

/** Segments without a byte. A writer that comes back to one after all finds that it is gone, and begins another. */
function emptyFiles(folder: string, settled: number): string[] {
  return readdirSync(folder)
    .filter((name) => SEGMENT.test(name))
    .map((name) => join(folder, name))
    .filter((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat !== undefined && stat.size === 0 && stat.mtimeMs * 1000 < settled;
    });
}

const SEGMENT = /^([0-9a-z]+)-\d{16}\.log(\.trimming)?$/;

/** Streams to which nobody has written since they settled. A file is named by its stream and its first record. */
function streamsOf(folder: string, settled: number): Set<string> {
  const newest = new Map<string, number>();
  for (const name of readdirSync(folder)) {
    const stream = SEGMENT.exec(name)?.[1];
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stream === undefined || stat === undefined) continue;
    newest.set(stream, Math.max(newest.get(stream) ?? 0, stat.mtimeMs * 1000));
  }
  return new Set([...newest].filter(([, at]) => at < settled).map(([stream]) => stream));
}
