import { writeFileSync } from 'node:fs';

// Loaded with --import into a child that is measured: what it used in all, as getrusage tells, when it ends.
const path = process.env['BENCH_USAGE'];
if (path)
  process.once('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(
      path,
      JSON.stringify({ peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }),
    );
  });
