import type { Workspace } from '../../graph/index.ts';
import type { ModelVersion } from './detail.ts';
import { applyCalibrator, type Calibrator } from './judge/index.ts';
import { openOnnx } from './onnx.ts';
import { openPython } from './python/open-python.ts';
import type { Scorer } from './scorer.port.ts';

/**
 * A version's model, loaded and ready to answer. One that is answered by a process of its own is started when it is first asked. `threads`: for each run; more than
 * one is for many rows at a time.
 */
export async function openModel(
  workspace: Pick<Workspace, 'blobs' | 'folder'>,
  { file, inputs, task, classes }: Pick<ModelVersion, 'file' | 'inputs' | 'task' | 'classes'>,
  threads = 1,
): Promise<Scorer> {
  const asked = { inputs, task, ...(classes === undefined ? {} : { classes: classes.length }) };
  const scorer =
    file.format === 'python'
      ? await openPython(workspace, file, asked)
      : await openOnnx(await workspace.blobs.get(file.blob), {
          ...{ ...asked, threads },
          ...(file.binding === undefined ? {} : { binding: file.binding }),
        });
  return file.calibrator === undefined ? scorer : calibrated(scorer, file.calibrator);
}

/** A file that was made elsewhere stays as it came; what it answers is calibrated here. */
function calibrated(scorer: Scorer, calibrator: Calibrator): Scorer {
  return {
    width: scorer.width,
    score: async (rows) => applyCalibrator(calibrator, await scorer.score(rows)),
    scoreColumns: async (columns) => applyCalibrator(calibrator, await scorer.scoreColumns(columns)),
    close: () => scorer.close(),
  };
}
