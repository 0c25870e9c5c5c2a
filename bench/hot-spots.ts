import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

// Where CPU profiles say the time went: node bench/hot-spots.ts FOLDER

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions that took most time themselves, with their share of all samples that were not idle. */
export function hotSpots(profile: Profile, most = 15): string[] {
  const self = new Map<number, number>();
  for (const [i, id] of profile.samples.entries())
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas[i] ?? 0));
  const byPlace = new Map<string, number>();
  let busy = 0;
  let idle = 0;
  for (const { id, callFrame } of profile.nodes) {
    const time = self.get(id) ?? 0;
    if (callFrame.functionName === '(idle)') {
      idle += time;
      continue;
    }
    busy += time;
    const file = callFrame.url.split(/\/|\\/).slice(-3).join('/');
    const place = `${callFrame.functionName || '(anonymous)'} ${file && `${file}:${callFrame.lineNumber + 1}`}`;
    byPlace.set(place, (byPlace.get(place) ?? 0) + time);
  }
  const lines = [...byPlace]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(
      ([place, time]) =>
        `${((100 * time) / busy).toFixed(1).padStart(5)} %  ${(time / 1e6).toFixed(2).padStart(7)} s  ${place}`,
    );
  return [`busy ${(busy / 1e6).toFixed(1)} s, idle ${(idle / 1e6).toFixed(1)} s`, ...lines];
}

if (import.meta.main) {
  const folder = process.argv[2] ?? '.';
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    console.log(`${folder}${sep}${name}`);
    for (const line of hotSpots(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile))
      console.log(line);
  }
}
