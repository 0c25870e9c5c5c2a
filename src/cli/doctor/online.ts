import { featuresVersionOf } from '../../assets/index.ts';
import { counted } from '../../base/index.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** Feature state that is missing though its version is live, and state of no version. */
export async function onlineFindings({ workspace, versions, settled }: Subject): Promise<Finding[]> {
  const { online, state } = workspace;
  const found: Finding[] = [];
  const named = new Set<string>();
  for (const version of versions) {
    if (version.kind !== 'features') continue;
    const { space } = featuresVersionOf(version);
    named.add(space);
    if (state.live(version.asset)?.id === version.id && (await online.coverage(space)) === undefined)
      found.push({
        level: 'broken',
        room: 'online',
        what: `${version.id} is live, but its state by entity is missing`,
        todo: `millrace run ${version.asset}`,
      });
  }
  const left = (await online.spaces()).filter((space) => !named.has(space) && begunAt(space) < settled);
  if (left.length > 0)
    found.push({
      level: 'left',
      room: 'online',
      what: `the state of ${counted(left.length, 'build')} that became no version`,
      todo: '--fix drops it.',
      fix: async () => {
        for (const space of left) await online.drop(space);
        return `the state of ${counted(left.length, 'build')} dropped`;
      },
    });
  return found;
}

/** A build's name ends with an id, which begins with the milliseconds of its making; any other name is as old as can be. */
function begunAt(space: string): number {
  const time = /-([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{10}$/.exec(space)?.[1];
  if (time === undefined) return 0;
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  return [...time].reduce((sum, digit) => sum * 32 + alphabet.indexOf(digit), 0) * 1000;
}
