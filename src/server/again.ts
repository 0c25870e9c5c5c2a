/** Work that is done again and again. */
export interface Again {
  /** Ends it, when what is under way is done. */
  close(): Promise<void>;
}

/** Does some work every so many milliseconds, never twice at once, and tells of what fails: the next time tries again. */
export function again(every: number, work: () => Promise<unknown>, onError: (error: unknown) => void): Again {
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= work()
      .catch(onError)
      .finally(() => {
        underWay = undefined;
      });
  }, every).unref();
  return {
    async close() {
      clearInterval(timer);
      await underWay;
    },
  };
}
