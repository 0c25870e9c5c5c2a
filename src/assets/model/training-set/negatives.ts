import { quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { TrainingSetBody } from '../spec.ts';
import { drawnSql } from './drawn.ts';

/** Which negatives were kept: the share, and how many there were before. */
export type Sampled = { readonly share: number; readonly negatives: number; readonly positives: number };

/** What to keep of a relation of labelled rows: a condition, and the weight of a row that meets it. */
export interface Keeping {
  readonly where: string;
  readonly weight: string;
  readonly sampled?: Sampled;
}

/**
 * All positives are kept, and of the negatives those whose key and instant draw a number below the share. So which are kept does not depend on
 * the others, and each stands for 1/share of them.
 */
export async function keeping(
  session: Session,
  { labels, negatives, seed }: TrainingSetBody,
  keys: readonly string[],
  relation: string,
): Promise<Keeping> {
  const own = labels.weight === undefined ? '1.0::DOUBLE' : `${quoteName(labels.weight)}::DOUBLE`;
  if (negatives === undefined) return { where: 'true', weight: own };
  const target = quoteName(labels.target);
  const [row] = await session.rows<{ yes: number; no: number }>(
    `select count(*) filter (${target}) as yes, count(*) filter (not ${target}) as no from ${relation}`,
  );
  const { yes = 0, no = 0 } = row ?? {};
  const wanted = 'share' in negatives ? negatives.share : no === 0 ? 1 : (negatives.perPositive * yes) / no;
  const share = Math.min(1, wanted);
  const sampled: Sampled = { share, negatives: no, positives: yes };
  if (share === 1) return { where: 'true', weight: own, sampled };
  const texts = [
    `epoch_us(${quoteName(labels.at)})::VARCHAR`,
    ...keys.map((key) => `${quoteName(key)}::VARCHAR`),
  ];
  return {
    where: `(${target} or ${drawnSql(seed, 'negatives', texts)} < ${share})`,
    // Without positives nothing can be learnt; that is said later.
    weight: `${own} * case when ${target} then 1.0::DOUBLE else ${share === 0 ? 1 : 1 / share}::DOUBLE end`,
    sampled,
  };
}
