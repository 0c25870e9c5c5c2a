import { join } from 'node:path';
import { fingerprint, MillraceError, type Problem } from '../../../base/index.ts';
import { type ContractSpec, rulesBeyondRows } from '../../contract/index.ts';
import type { Asked, ConnectorPort, Look, Reading, ReadOptions } from '../connector.port.ts';
import { openSpool } from '../spool.ts';
import { progressJson, readPosted } from './log-reading.ts';
import { ingestLog } from './record.ts';
import { cameTo, settledLabel, settledRows } from './settled.ts';
import type { StreamSpec } from './spec.ts';
import { jsonOf, mapOf } from './window.ts';

/**
 * Rows that were posted to the server and are in the source's log. How far a version has come in the log is part of the version, so
 * rows and offset become true in one transaction. A changed contract judges all that ever came: what the log has as it was posted, and
 * what it no longer has as it lies in the table.
 */
export const streamConnector: ConnectorPort<StreamSpec> = {
  connector: 'stream',
  check,
  look: (asked) => reachable(() => look(asked)),
  read: (options) => reachable(() => read(options)),
};

/** A log that is not where it was is an outside that is down. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'MILL_LOG_FOLDER') throw error;
    const { message, todo } = error.problems[0] as Problem;
    throw new MillraceError(
      { code: 'MILL_CONNECTOR_UNREACHABLE', message, todo, owner: 'service', retry: true },
      { cause: error },
    );
  }
}

/** What rows and loads name as their origin. */
const labelOf = (source: string): string => `POST /v1/ingest/${source}`;

function check(_: StreamSpec, contract: ContractSpec): readonly Omit<Problem, 'owner' | 'asset' | 'place'>[] {
  return rulesBeyondRows(contract).map((rule) => ({
    code: 'MILL_STREAM_RULE',
    message: `The rule '${rule}' cannot be judged when a row is posted: it needs more than the row's own cells.`,
    todo: 'Leave it out here, and build a table from this source that joins or filters.',
  }));
}

async function look({ node, workspace, recorded }: Asked<StreamSpec>): Promise<Look> {
  const before = cameTo(recorded?.progress, workspace.state.logStart(ingestLog(node.name)));
  let rows = 0;
  let bytes = 0;
  const log = await workspace.log(ingestLog(node.name));
  const { ends } = await readPosted(log, before, workspace.clock.now(), ({ lines }) => {
    bytes += lines.length + 1;
    for (let at = -1; ; ) {
      rows++;
      at = lines.indexOf('\n', at + 1);
      if (at < 0) break;
    }
  });
  const detail = { ends: jsonOf(ends) };
  if (recorded?.progress !== undefined && fingerprint(jsonOf(before.ends)) === fingerprint(detail.ends))
    return { fingerprint: undefined, reason: '', bytes: 0, detail };
  return {
    fingerprint: fingerprint(detail.ends),
    reason: rows === 0 ? '' : `${rows.toLocaleString('en')} posted ${rows === 1 ? 'row' : 'rows'}`,
    bytes,
    detail,
  };
}

async function read(options: ReadOptions<StreamSpec>): Promise<Reading> {
  const { node, contract, workspace, recorded, extend, planned, tempFolder, progress } = options;
  const { state } = workspace;
  const start = state.logStart(ingestLog(node.name));
  const before = cameTo(extend ? recorded?.progress : undefined, start);
  const spool = openSpool(labelOf(node.name), (n) => join(tempFolder, `rows-${n}.jsonl`));
  const settled = openSpool(settledLabel(node.name), (n) => join(tempFolder, `settled-${n}.jsonl`));
  const asideBefore = new Set<string>();
  let rows = 0;
  try {
    const live = state.live(node.name);
    // Without progress of this very log, what is live came another way.
    if (!extend && start !== undefined && live !== undefined && recorded?.progress !== undefined)
      await settledRows(node, workspace, live, start, async (lines) => {
        rows += lines.length;
        await settled.write(lines);
        progress(0.05, `${rows.toLocaleString('en')} rows of the table read`);
      });
    const log = await workspace.log(ingestLog(node.name));
    const next = await readPosted(
      log,
      before,
      workspace.clock.now(),
      async ({ lines, aside }) => {
        let all = lines.split('\n');
        // Good rows posted again replace themselves by their key; bad ones would be set aside twice.
        if (contract.key.length > 0 && aside.length > 0) {
          const again = new Set<number>();
          for (const i of aside) {
            const line = all[i] as string;
            if (asideBefore.has(line)) again.add(i);
            asideBefore.add(line);
          }
          if (again.size > 0) all = all.filter((_, i) => !again.has(i));
        }
        rows += all.length;
        await spool.write(all);
        progress(0.1, `${rows.toLocaleString('en')} rows read`);
      },
      planned === null ? undefined : mapOf((planned as { ends: Record<string, number> }).ends),
    );
    if (fingerprint(state.logStart(ingestLog(node.name)) ?? null) !== fingerprint(start ?? null))
      throw trimmedMeanwhile();
    return {
      // What came first is loaded first, under lower ids.
      deliveries: [...(await settled.end()), ...(await spool.end())],
      form: { format: 'jsonl', nulls: [] },
      judged: true,
      leaving: [],
      replaces: true,
      progress: progressJson(next),
      seen: fingerprint(jsonOf(next.ends)),
      from: labelOf(node.name),
    };
  } finally {
    await spool.abandon();
    await settled.abandon();
  }
}

/** Files that were about to be read are gone then. */
function trimmedMeanwhile(): MillraceError {
  return new MillraceError({
    code: 'MILL_RUN_BEATEN',
    message: 'The log was trimmed while it was read.',
    todo: 'Nothing is lost; the run plans again.',
    owner: 'service',
    retry: true,
  });
}
