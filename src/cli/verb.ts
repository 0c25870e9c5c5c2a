import type { Signals } from './signals.ts';
import type { Terminal } from './terminal.ts';

/** What every verb gets: the project's file, where to write, and how it is told to stop. It gives its exit code. */
export interface VerbContext {
  readonly projectFile: string;
  readonly terminal: Terminal;
  readonly untilStopped: Signals['untilStopped'];
}
