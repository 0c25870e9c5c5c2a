import { type ChildOptions, millrace, type World } from './millrace.ts';
import { type Result, result } from './results.ts';

/** What the whole line may take on 2 cores from a warm install; a third of the time is where it ought to be. */
const AIM = { seconds: 60, bytes: 2e9 };

/** From raw files to a traced prediction in a new folder, then a run that finds nothing to do. */
export async function wholeLine(world: World, options: ChildOptions): Promise<Result[]> {
  const up = await millrace(world, ['up', '--once'], options);
  const again = await millrace(world, ['run']);
  if (!again.stdout.includes('Nothing to do'))
    throw new Error(`a second run did something:\n${again.stdout}`);
  return [
    result(
      'whole line, `up --once`: time',
      up.seconds / AIM.seconds,
      'lower',
      `${up.seconds.toFixed(1)} s, ${up.cpuSeconds.toFixed(1)} s of CPU, ${world.payments.toLocaleString('en')} payments`,
      `the aim of ${AIM.seconds} s`,
    ),
    result(
      'whole line, `up --once`: peak memory',
      up.peakBytes / AIM.bytes,
      'lower',
      `${(up.peakBytes / 1e6).toFixed(0)} MB`,
      `the aim of ${AIM.bytes / 1e9} GB`,
    ),
    result(
      'nothing to do, `run`: time',
      again.seconds / up.seconds,
      'lower',
      `${again.seconds.toFixed(2)} s, ${again.cpuSeconds.toFixed(2)} s of CPU`,
      `${up.seconds.toFixed(1)} s, the whole line`,
    ),
  ];
}
