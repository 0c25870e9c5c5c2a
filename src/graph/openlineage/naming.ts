import { sha256 } from '../../base/index.ts';

/** The project as others know it. */
export interface Naming {
  /** Of all jobs and datasets of ours: which installation this is. */
  readonly namespace: string;
  readonly project: string;
}

export interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** The job of a project, or of one of its assets; `''` for the project. */
export const jobName = ({ namespace, project }: Naming, asset: string): Name => ({
  namespace,
  name: asset === '' ? project : `${project}.${asset}`,
});

/** The dataset that an asset is. */
export const datasetName = ({ namespace, project }: Naming, asset: string): Name => ({
  namespace,
  name: `${project}.${asset}`,
});

const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The id that a run, or its step of an asset, has among all runs of the world: a UUID of version 7 (RFC 9562), made of the run's own id,
 * so that another process can speak of a run that was killed. Its time is the run's beginning.
 * @param step `''` for the run itself; the asset of a step, with what tells apart its tries
 */
export function runUuid(run: string, step: string): string {
  let millis = 0n;
  for (const letter of run.slice(0, 10)) millis = millis * 32n + BigInt(Math.max(0, digits.indexOf(letter)));
  const time = (millis & 0xffffffffffffn).toString(16).padStart(12, '0');
  const rest = sha256(`millrace run\n${run}\n${step}`);
  // Two bits of the variant, and the rest of the digit they stand in.
  const variant = '89ab'[Number.parseInt(rest[3] as string, 16) % 4] as string;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-${variant}${rest.slice(4, 7)}-${rest.slice(7, 19)}`;
}
