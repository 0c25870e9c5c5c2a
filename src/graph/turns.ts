import type { Step } from './plan.ts';
import type { Obstacle } from './tenure.ts';

/** What a queue of steps needs to know of the run that walks it. */
export interface Turns {
  /** Assets whose steps have ended. */
  readonly settled: ReadonlySet<string>;
  /** The limits that a step's asset falls under, by tag. */
  readonly limits: (asset: string) => ReadonlyMap<string, number>;
  /** Begins the step, unless something is in the way. */
  readonly take: (step: Step, limits: ReadonlyMap<string, number>) => Obstacle | undefined;
  /** Told once for each step that has to wait. */
  readonly onWait: (step: Step, obstacle: Obstacle) => void;
}

/** The steps of a plan that have not begun. */
export interface Queue {
  readonly length: number;
  /** Begins what can begin while there is room, in the order of the plan. True when something could but for others that are in the way. */
  pass(room: () => boolean): boolean;
}

/** A step that waits for others takes up no room: the next one that can begins before it. */
export function queueOf(steps: readonly Step[], { settled, limits, take, onWait }: Turns): Queue {
  const waiting = [...steps];
  const told = new Set<Step>();
  return {
    get length() {
      return waiting.length;
    },
    pass(room) {
      let waits = false;
      // Who finds a limit full stands in line for it; those behind need not ask yet, each with a transaction of its own. Who stands in
      // line already is asked each time: its turn may come before that of the one that found it full.
      const full = new Set<string>();
      for (let i = 0; i < waiting.length && room(); ) {
        const step = waiting[i] as Step;
        const under = limits(step.asset);
        const behind = !told.has(step) && [...under.keys()].some((tag) => full.has(tag));
        if (behind || !step.after.every((name) => settled.has(name))) {
          i++;
          continue;
        }
        const obstacle = take(step, under);
        if (obstacle === undefined) {
          waiting.splice(i, 1);
          continue;
        }
        waits = true;
        if ('tag' in obstacle) full.add(obstacle.tag);
        if (!told.has(step)) onWait(step, obstacle);
        told.add(step);
        i++;
      }
      return waits;
    },
  };
}
