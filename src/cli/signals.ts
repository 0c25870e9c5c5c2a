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

/** The exit code of a verb that was stopped and ended in good order, as of a process that died of SIGINT. */
export const STOPPED = 130;

/** For verbs that end in good order when they are told to: aborted by the first signal, with a sentence. A second one ends the process at once. */
export function stopSignal(untilStopped: Signals['untilStopped'], tell: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  void untilStopped().then(() => {
    controller.abort();
    tell('Stopping after the steps under way; once more stops at once.');
  });
  return controller.signal;
}
