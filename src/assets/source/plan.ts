import { bug, fingerprint, MillraceError } from '../../base/index.ts';
import type { Arrivals, Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Asked, Recorded } from './connector.port.ts';
import { connectorOf } from './connectors.ts';
import type { ConnectorSpec, SourceBody } from './spec.ts';
import { sourceVersionOf } from './version.ts';

/** The part of a connector's spec that decides which rows there are. */
export function identityOf(spec: ConnectorSpec): unknown {
  return connectorOf(spec).identity?.(spec) ?? spec;
}

/** What a connector is asked with: its spec and what the live version remembers. */
export function askedOf(
  node: Node<SourceBody>,
  live: Version | undefined,
  workspace: Workspace,
): Asked<ConnectorSpec> {
  const { contract, from } = node.body;
  return { node, spec: from, contract, workspace, recorded: live && recordedOf(from, live, workspace) };
}

function recordedOf(spec: ConnectorSpec, live: Version, { state }: Workspace): Recorded {
  const { connector = spec.connector, loads, reached } = sourceVersionOf(live);
  return {
    // Looked up when asked for: a connector that remembers its progress has no use for a list of a million.
    get loads() {
      // What came another way says nothing about this one.
      return (connector === spec.connector ? state.loadsIn(live.asset, loads) : []).map(
        ({ id, path, hash }) => ({ load: id, path, hash }),
      );
    },
    progress: reached?.where === fingerprint(identityOf(spec)) ? reached.progress : undefined,
  };
}

/** What has arrived since the live version was built. */
export async function arrivalsOf(
  node: Node<SourceBody>,
  live: Version | undefined,
  workspace: Workspace,
): Promise<Arrivals> {
  try {
    const look = await named(node, () => connectorOf(node.body.from).look(askedOf(node, live, workspace)));
    const seen = plannedAs(look.fingerprint, node.name, live, workspace);
    const { readmitted, reached } = live === undefined ? {} : sourceVersionOf(live);
    // What was readmitted is no arrival, and makes a version of its own all the same.
    const own = readmitted === undefined || reached !== undefined;
    return { ...look, fingerprint: own ? seen : fingerprint([seen, readmitted.token]) };
  } catch (error) {
    // A fault of ours is nothing that the outside has said.
    if (!(error instanceof MillraceError) || error.code === 'MILL_BUG') throw error;
    return unanswered(error, live);
  }
}

/**
 * One source that does not answer, or refuses, must not keep all others from their new rows: it gets a step of its own, which asks
 * again, and fails with what it is told if there is still no answer.
 */
function unanswered(error: MillraceError, live: Version | undefined): Arrivals {
  const reason = error.problems[0]?.message.replace(/\.$/, '') ?? '';
  return {
    fingerprint: fingerprint({ unanswered: live?.fingerprint ?? null }),
    reason,
    bytes: 0,
    detail: null,
  };
}

/**
 * The outside may move between plan and reading. A version is then known by what was planned, though it holds what was seen; where
 * the outside is again as it was seen, that version is meant, also when it did not pass or was taken back.
 */
function plannedAs(
  seen: string | undefined,
  asset: string,
  live: Version | undefined,
  { state }: Workspace,
): string {
  if (seen !== undefined) {
    const sawIt = (version: Version | undefined) =>
      version && sourceVersionOf(version).reached?.seen === seen;
    const same = sawIt(live) ? live : state.versions(asset).find(sawIt);
    return same === undefined ? seen : (sourceVersionOf(same).reached?.planned as string);
  }
  const planned = live && sourceVersionOf(live).reached?.planned;
  if (planned === undefined) throw bug(`Nothing has arrived for ${asset}, where nothing is live.`);
  return planned;
}

/** Connectors need not know for which source they work; their problems say it all the same. */
export async function named<T>(node: Node<SourceBody>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const problems = error.problems.map((problem) => ({ asset: node.name, place: node.place, ...problem }));
    throw new MillraceError(problems, { cause: error.cause });
  }
}
