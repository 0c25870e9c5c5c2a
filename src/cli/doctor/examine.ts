import { blobFindings } from './blobs.ts';
import type { Finding } from './finding.ts';
import { catalogFindings, fileFindings, leftInLake } from './lake.ts';
import { logFindings } from './logs.ts';
import { onlineFindings } from './online.ts';
import type { Subject } from './subject.ts';
import { temporaryFindings } from './temporary.ts';
import { trackingFindings } from './tracking.ts';
import { leftVersions } from './versions.ts';

/** Everything that is amiss, worst first. Changes nothing. */
export async function examine(subject: Subject): Promise<Finding[]> {
  const catalog = catalogFindings(subject);
  const found = [
    ...catalog,
    ...(await fileFindings(subject)),
    ...(await blobFindings(subject)),
    ...(await onlineFindings(subject)),
    ...(await logFindings(subject)),
    ...trackingFindings(subject),
    ...temporaryFindings(subject),
    // By a catalog that is wrong nothing may be deleted.
    ...(catalog.length === 0 ? [...leftVersions(subject), ...leftInLake(subject)] : []),
  ];
  return found.toSorted((a, b) => a.level.localeCompare(b.level));
}
