import { appendFileSync } from 'node:fs';
import { code, load, machine } from './machine.ts';

/** One line of results. The ratio comes first: it outlives the machine. */
export interface Result {
  readonly what: string;
  /** Ours beside the other; see `better`. */
  readonly ratio: number;
  readonly better: 'higher' | 'lower';
  readonly ours: string;
  readonly beside: string;
  readonly load: string;
}

export const result = (
  what: string,
  ratio: number,
  better: Result['better'],
  ours: string,
  beside: string,
): Result => ({ what, ratio, better, ours, beside, load: load() });

/** All results of one run as a section of bench/RESULTS.md. */
export function report(results: readonly Result[], notes: readonly string[], began: Date): string {
  const head = '| what | ratio | better is | ours | beside | load |\n| --- | ---: | --- | --- | --- | ---: |';
  const rows = results.map(
    ({ what, ratio, better, ours, beside, load }) =>
      `| ${what} | ${Number(ratio.toPrecision(3))} | ${better} | ${ours} | ${beside} | ${load} |`,
  );
  return [
    `## ${began.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `${machine()}; commit ${code()}`,
    '',
    head,
    ...rows,
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

/** Adds a run to the file of results. */
export function write(path: string, section: string): void {
  appendFileSync(path, `\n${section}`);
}
