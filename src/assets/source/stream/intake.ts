import { createHash } from 'node:crypto';
import { MillraceError } from '../../../base/index.ts';
import type { Node, Workspace } from '../../../graph/index.ts';
import type { LogRecord } from '../../../store/log/index.ts';
import { compileContract, type RowVerdict } from '../../contract/index.ts';
import type { SourceBody } from '../spec.ts';
import { sourceVersionOf } from '../version.ts';
import { readPosted } from './log-reading.ts';
import { openPatternJudge } from './pattern-judge.ts';
import { ingestLog, partName, postedOf, type RequestPart, recordOf } from './record.ts';
import { type PostedRow, rowReader } from './row-text.ts';
import { cameTo } from './settled.ts';
import { SeenParts } from './window.ts';

/** Rows of one request that become durable together. */
export interface Judged {
  readonly rows: readonly PostedRow[];
  readonly verdicts: readonly RowVerdict[];
  /** SHA-256 of the rows as they came. */
  readonly hash: string;
}

/** The door of a streamed source: judges rows and makes them durable. Several processes may keep one open. */
export interface Intake {
  readonly source: string;
  /** Whether a row can keep all that comes with it from being taken. */
  readonly mayBlock: boolean;
  judge(raw: readonly string[]): Promise<Judged>;
  /**
   * Resolves when the rows are on disk. With a request's key and part, rows that were taken under it before are not taken again.
   * @throws MILL_INGEST_KEY_REUSED; MILL_LOG_BUSY, MILL_LOG_WRITE_FAILED (retry: true)
   */
  take(judged: Judged, request?: { readonly key: string; readonly part: number }): Promise<void>;
  /** Rows that are durable and, as far as this process knows, not in the lake. */
  behind(): number;
  /** Counts anew what is not in the lake. */
  count(): Promise<number>;
  close(): void;
}

/** Told of a record as soon as it is on disk, before its rows are acknowledged. */
export type Taken = (source: string, record: LogRecord) => void;

/** Opens the door of a source that is declared with `stream()`. */
export async function openIntake(
  workspace: Workspace,
  node: Node<SourceBody>,
  taken: Taken = () => {},
): Promise<Intake> {
  const { name } = node;
  const { contract } = node.body;
  const compiled = compileContract(contract);
  const read = rowReader(contract);
  const patterns = openPatternJudge(workspace.engine, compiled.patterns);
  const log = await workspace.log(ingestLog(name));
  const parts = new SeenParts<string>();
  /** The next record of each stream that was not looked at for keys. */
  let known: Map<string, number> | undefined;
  let looking: Promise<void> = Promise.resolve();
  const busy = new Map<string, Promise<void>>();
  let behind = 0;

  const progress = () => {
    const live = workspace.state.live(name);
    return cameTo(live && sourceVersionOf(live).reached?.progress, workspace.state.logStart(ingestLog(name)));
  };

  /** Learns of keys that other processes have taken since the last look, or that were taken before this one began. */
  function refresh(): Promise<void> {
    looking = looking
      .catch(() => undefined)
      .then(async () => {
        if (known === undefined) {
          const { ends, since } = progress();
          known = new Map(ends);
          for (const [stream, index] of since) known.set(stream, index);
        }
        for await (const record of log.read(known)) {
          known.set(record.position.stream, record.position.index + 1);
          const { request, at } = postedOf(record);
          if (request !== undefined) parts.add(partName(request), at, request.hash);
        }
      });
    return looking;
  }

  async function append(judged: Judged, request?: RequestPart): Promise<void> {
    const { rows, verdicts } = judged;
    const aside = verdicts.flatMap(({ unfit }, i) => (unfit ? [i] : []));
    const lines = rows.map(({ line }) => line).join('\n');
    behind += rows.length;
    const value = recordOf({
      ...{ at: workspace.clock.now(), lines, aside },
      ...(request === undefined ? {} : { request }),
    });
    try {
      taken(name, { position: await log.append(value), value });
    } catch (error) {
      behind -= rows.length;
      throw error;
    }
  }

  async function once(judged: Judged, request: RequestPart): Promise<void> {
    await refresh();
    const before = parts.find(partName(request), workspace.clock.now());
    if (before === undefined) await append(judged, request);
    else if (before !== request.hash) throw reused(request.key);
  }

  return {
    source: name,
    mayBlock:
      contract.onBreach === 'block' ||
      contract.columns.some(({ rules }) => rules.some(({ severity }) => severity === 'block')),
    async judge(raw) {
      const rows = raw.map(read);
      const found = await patterns.matches(rows.map(({ value }) => value));
      const hash = createHash('sha256');
      for (const one of raw) hash.update(one).update('\n');
      return {
        rows,
        verdicts: rows.map(({ value }, i) => compiled.judge(value, found[i])),
        hash: hash.digest('hex'),
      };
    },
    async take(judged, request) {
      if (request === undefined) return append(judged);
      const part: RequestPart = { ...request, hash: judged.hash };
      const name = partName(part);
      // One after the other: the second of two that come together sees what the first has taken.
      const mine = (busy.get(name) ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => once(judged, part));
      busy.set(name, mine);
      try {
        await mine;
      } finally {
        if (busy.get(name) === mine) busy.delete(name);
      }
    },
    behind: () => behind,
    async count() {
      const held = behind;
      let rows = 0;
      await readPosted(log, progress(), workspace.clock.now(), (posted) => {
        rows += posted.lines.split('\n').length;
      });
      // What came while it was counted may have been counted too; too high a number does no harm, and the next count mends it.
      behind = rows + Math.max(0, behind - held);
      return behind;
    },
    close: () => patterns.close(),
  };
}

function reused(key: string): MillraceError {
  return new MillraceError({
    code: 'MILL_INGEST_KEY_REUSED',
    message: `The Idempotency-Key '${key}' came with other rows within the last hour.`,
    todo: 'Give each request a key of its own; send the same key only with the same rows.',
    owner: 'data',
  });
}
