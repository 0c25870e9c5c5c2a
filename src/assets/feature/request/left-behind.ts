import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { messageOf } from '../../../base/index.ts';

// A function that has answered may have begun something that goes on: a Promise that nobody waits for. If that is rejected, Node ends the
// process unless somebody listens. It keeps the context in which it was begun, and so whose it is.

type Tell = (asset: string, message: string) => void;

const whose = new AsyncLocalStorage<string>();
const tells = new Set<Tell>();

/** The function of an asset: what it leaves behind ends no process, and is told to whoever listens. */
export function keptApart<Input, Output>(
  asset: string,
  compute: (input: Input) => Output,
): (input: Input) => Output {
  if (!process.listeners('unhandledRejection').includes(onRejection))
    process.on('unhandledRejection', onRejection);
  // To enter a context that is there takes a fraction of what it takes to make one.
  const within = whose.run(asset, () => AsyncLocalStorage.snapshot());
  return (input) => within(compute, input);
}

function onRejection(reason: unknown): void {
  const asset = whose.getStore();
  if (asset !== undefined) for (const tell of tells) tell(asset, messageOf(reason));
  // As it is where nobody listens.
  else if (process.listenerCount('unhandledRejection') === 1) throw reason;
}

/** Tells of what request functions leave behind, once it is rejected. Gives what ends that. */
export function onLeftBehind(tell: Tell): () => void {
  tells.add(tell);
  return () => void tells.delete(tell);
}

/** Does something with the function of an asset, and looks what that leaves behind: the first message, undefined where nothing is rejected. */
export async function leaving<Value>(
  asset: string,
  work: () => Value | Promise<Value>,
): Promise<{ readonly value: Value; readonly left: string | undefined }> {
  const found: string[] = [];
  const end = onLeftBehind((of, message) => {
    if (of === asset) found.push(message);
  });
  try {
    const value = await work();
    await turn();
    return { value, left: found[0] };
  } finally {
    end();
  }
}
