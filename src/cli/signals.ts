/** What Ctrl-C and SIGTERM do while a verb is at work. */
export interface Signals {
  /** For verbs that work until they are told to stop: the first signal resolves this. A second one ends the process at once. */
  untilStopped(): Promise<void>;
  /** Signals do again what they did before. */
  release(): void;
}

const caught: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/**
 * Takes over the signals that ask a process to end. A verb that does not wait for them is cut off where it stands, after a
 * sentence: the stores are made for that. The process then dies of the signal itself, so that the shell sees 130 or 143.
 */
export function catchSignals(tell: (text: string) => void): Signals {
  let stop: (() => void) | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop !== undefined) {
      stop();
      // The next one finds nobody waiting.
      stop = undefined;
      return;
    }
    tell('Interrupted. What has been published stays; the same command goes on from there.');
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => {
    for (const signal of caught) process.off(signal, onSignal);
  };
  for (const signal of caught) process.on(signal, onSignal);
  return {
    release,
    untilStopped: () =>
      new Promise((resolve) => {
        stop = resolve;
      }),
  };
}
