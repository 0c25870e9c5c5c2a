import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  flushPredictions,
  ingestLog,
  readUpTo,
  streamedSources,
  trimmable,
  trimPosted,
} from '../../assets/index.ts';
import { counted, formatInstant, MillraceError } from '../../base/index.ts';
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
  const source = streamedSources(workspace.state).find((asset) => ingestLog(asset) === name);
  const from = source === undefined ? workspace.state.logOffsets(name) : readUpTo(workspace.state, source);
  const waiting = new Map<string, number>();
  try {
    for await (const { position } of log.read(from))
      waiting.set(position.stream, (waiting.get(position.stream) ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return [{ level: 'broken', room: 'log', what: error.message, todo: error.problems[0]?.todo ?? '' }];
  }
  const found: Finding[] = [];
  const empty = filesOf(join(home, 'log', name)).filter(
    ({ stream }) => streams.has(stream) && !waiting.has(stream) && !from.has(stream),
  );
  if (empty.length > 0)
    found.push({
      level: 'left',
      room: 'log',
      what: `${name}: ${counted(empty.length, 'file')} without a record, of processes that died before they had written one`,
      todo: '--fix deletes them.',
      fix: () => {
        for (const { path } of empty) rmSync(path, { force: true });
        return `${counted(empty.length, 'file')} without a record deleted`;
      },
    });
  const late = [...streams].filter((stream) => waiting.has(stream));
  const records = late.reduce((sum, stream) => sum + (waiting.get(stream) ?? 0), 0);
  const endpoint = name.startsWith(PREDICTIONS) ? name.slice(PREDICTIONS.length) : undefined;
  if (records > 0)
    found.push({
      level: 'left',
      room: 'log',
      what: `${name}: ${counted(records, 'record')} that a process has left behind and the lake does not have yet`,
      todo:
        endpoint === undefined
          ? '`millrace run` brings them, and so does the server.'
          : '--fix brings them to the lake.',
      ...(endpoint === undefined
        ? {}
        : {
            fix: async () =>
              `${counted(await flushPredictions(workspace, endpoint), 'prediction')} brought to the lake`,
          }),
    });
  // Posted rows are kept for a while: a changed contract judges them as they came.
  if (source !== undefined) return [...found, ...longInLake(subject, source)];
  const spent = [...streams].filter((stream) => !waiting.has(stream) && from.has(stream));
  if (spent.length > 0)
    found.push({
      level: 'left',
      room: 'log',
      what: `${name}: ${counted(spent.length, 'stream')} of processes that are gone, all of it in the lake`,
      todo: '--fix deletes what is in the lake.',
      fix: async () => {
        await log.trim(new Map(spent.map((stream) => [stream, from.get(stream) as number])));
        return `${counted(spent.length, 'stream')} deleted`;
      },
    });
  return found;
}

function longInLake({ workspace, expireBefore }: Subject, source: string): Finding[] {
  if (trimmable(workspace.state, source, expireBefore) === undefined) return [];
  return [
    {
      level: 'left',
      room: 'log',
      what: `${ingestLog(source)}: rows that were posted before ${formatInstant(expireBefore)} and are in the lake`,
      todo: '--fix trims them: a changed contract then judges them as they lie in the table.',
      fix: async () => {
        await trimPosted(workspace, source, expireBefore);
        return 'trimmed';
      },
    },
  ];
}

const SEGMENT = /^([0-9a-z]+)-\d{16}\.log(\.trimming)?$/;

function filesOf(folder: string): { readonly stream: string; readonly path: string }[] {
  return readdirSync(folder).flatMap((name) => {
    const stream = SEGMENT.exec(name)?.[1];
    return stream === undefined ? [] : [{ stream, path: join(folder, name) }];
  });
}

/** Streams to which nobody has written since they settled. A file is named by its stream and its first record. */
function streamsOf(folder: string, settled: number): Set<string> {
  const newest = new Map<string, number>();
  for (const { stream, path } of filesOf(folder)) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined) newest.set(stream, Math.max(newest.get(stream) ?? 0, stat.mtimeMs * 1000));
  }
  return new Set([...newest].filter(([, at]) => at < settled).map(([stream]) => stream));
}
