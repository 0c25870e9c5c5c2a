import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had, in bytes. Not `maxRSS`: on Linux that begins with what the process had that started it, so a small one
 * started by a large one is told as large.
 */
export function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(
    readFileSync('/proc/self/status', 'utf8'),
  ) as RegExpExecArray;
  return Number(kilobytes) * 1024;
}
