import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = [
  'pandera[polars]==0.35.0',
  'great_expectations==1.24.1',
  'polars==2.1.0',
  'pandas==3.1.1',
  'pyarrow==26.0.1',
];
const home = fileURLToPath(new URL('../.toolchain/bench-python', import.meta.url));
const python = join(home, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const stamp = join(home, 'installed.txt');

/** A Python with the packages that ours is held against, installed once into .toolchain/ (about 800 MB); or why there is none. */
export function benchPython(): { readonly python: string } | { readonly reason: string } {
  if (existsSync(stamp)) return { python };
  const system = process.env['BENCH_PYTHON'] ?? 'python3';
  if (spawnSync(system, ['--version']).status !== 0) return { reason: `there is no '${system}'` };
  rmSync(home, { recursive: true, force: true });
  if (spawnSync(system, ['-m', 'venv', home]).status !== 0) return { reason: `'${system} -m venv' failed` };
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (pip.status !== 0) return { reason: 'pip could not install pandera and Great Expectations' };
  writeFileSync(stamp, `${PACKAGES.join('\n')}\n`);
  return { python };
}
