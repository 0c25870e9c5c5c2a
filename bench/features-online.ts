import type { Size } from './features-data.ts';
import type { LookUps, Told } from './features-in-process.ts';
import { job } from './job.ts';
import type { Pace } from './paced.ts';
import { type Result, result } from './results.ts';

/** Look-ups of fifty features in one process, beside raw gets of the same bytes from LMDB and from Redis. */
export async function featuresInProcess(
  folder: string,
  size: Size,
  paces: readonly Pace[],
): Promise<{ results: Result[]; notes: string[] }> {
  const told: Told = { ...size, paces, sizes: [1, 100] };
  const script = { script: 'features-in-process.ts' };
  const found = (await job([folder, JSON.stringify(told)], undefined, script)).gave as LookUps[];
  const results: Result[] = [];
  const notes = new Set<string>();
  for (const { entities, pace, ours, ...others } of found) {
    const rate = pace.perSecond === 'saturation' ? 'saturated' : `${pace.perSecond.toLocaleString('en')}/s`;
    const what = `${entities} × 50 features in process, ${rate}`;
    if (ours === undefined) {
      notes.add(`${what}: ours could not keep up.`);
      continue;
    }
    for (const [name, theirs] of [
      ['raw LMDB gets of the same bytes', others.lmdb],
      ['raw Redis gets of the same bytes', others.redis],
    ] as const) {
      if (theirs === undefined) notes.add(`${what}: ${name} could not keep up.`);
      else if ('reason' in theirs) notes.add(`No ${name}: ${theirs.reason}.`);
      else
        for (const which of ['p50', 'p99'] as const)
          results.push(
            result(
              `${what}: ${which}`,
              ours[which] / theirs[which],
              'lower',
              `${(1000 * ours[which]).toFixed(1)} µs${pace.perSecond === 'saturation' ? `, ${Math.round(ours.perSecond).toLocaleString('en')}/s` : ''}`,
              `${(1000 * theirs[which]).toFixed(1)} µs, ${name}`,
            ),
          );
    }
  }
  return { results, notes: [...notes] };
}
