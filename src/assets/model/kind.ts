import type { Kind } from '../../graph/index.ts';
import { buildModel } from './build.ts';
import { checkModel } from './check.ts';
import { modelArrivals } from './outside/arrivals.ts';
import { portrayModel } from './portrait.ts';
import { versionsCopied } from './shown-files.ts';
import type { ModelBody } from './spec.ts';

/** A trained, judged model. Gates and cost are part of what is built: other gates may let another version pass. */
export const modelKind: Kind<ModelBody> = {
  kind: 'model',
  revision: 5,
  promotable: true,
  check: checkModel,
  portray: portrayModel,
  arrivals: modelArrivals,
  build: buildModel,
  names: versionsCopied,
};
