import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What ours is held against, by the folder of .toolchain/ that it is installed into once. Feast wants older packages than the others. */
const PACKAGES = {
  // About 800 MB.
  'bench-python': [
    'pandera[polars]==0.35.0',
    'great_expectations==1.24.1',
    'polars==2.1.0',
    'pandas==3.1.1',
    'pyarrow==26.0.1',
  ],
  // About 250 MB.
  'bench-lightgbm': ['lightgbm==4.7.0', 'numpy==2.4.6'],
  // About 900 MB.
  // About 900 MB.
  'bench-mlflow': ['mlflow==3.17.2'],
  // About 900 MB.
  'bench-feast': ['feast[duckdb]==0.67.0', 'duckdb==2.0.1', 'pandas==2.3.3', 'pyarrow==26.0.1'],
} as const;

/** A Python with such packages, or why there is none. */
export function benchPython(
  name: keyof typeof PACKAGES = 'bench-python',
): { readonly python: string } | { readonly reason: string } {
  const home = fileURLToPath(new URL(`../.toolchain/${name}`, import.meta.url));
  const python = join(home, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const stamp = join(home, 'installed.txt');
  const wanted = `${PACKAGES[name].join('\n')}\n`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { python };
  const system = process.env['BENCH_PYTHON'] ?? 'python3';
  if (spawnSync(system, ['--version']).status !== 0) return { reason: `there is no '${system}'` };
  rmSync(home, { recursive: true, force: true });
  if (spawnSync(system, ['-m', 'venv', home]).status !== 0) return { reason: `'${system} -m venv' failed` };
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES[name]], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (pip.status !== 0) return { reason: `pip could not install ${PACKAGES[name].join(', ')}` };
  writeFileSync(stamp, wanted);
  return { python };
}
