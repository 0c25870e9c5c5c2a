import { spawnSync } from 'node:child_process';
import { skip as noPython } from '../truth/python.fixture.ts';

/** Why no packages can be installed, or false: minutes of it are not for `npm test`, and whether the index knows one of them is asked once. */
export const skip: string | false =
  noPython ||
  (process.env['TEST_SERVICES'] === undefined
    ? 'it installs packages: npm run test:services'
    : spawnSync('python3', ['-m', 'pip', 'index', 'versions', 'skl2onnx'], { timeout: 60_000 }).status === 0
      ? false
      : 'pip reaches no index of packages');
