import { hostname } from 'node:os';

/** This process, as others see it: on the same machine they can look whether it is still there. */
export const thisProcess = `${hostname()}:${process.pid}`;

/** Whether a process of this machine is no more. Of other machines we cannot know: their time has to run out. */
export function isGone(name: string): boolean {
  const [, host, pid] = /^(.*):(\d+)$/.exec(name) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
