import { formatDuration } from '../../../../base/index.ts';
import type { CheckContext, Kind, Lineage, Node } from '../../../../graph/index.ts';
import { type AggregateSpec, aggregatesIn, type FeaturesBody } from '../../../feature/index.ts';
import { sourceKind } from '../../../source/index.ts';
import { tableKind } from '../../../table/index.ts';
import type { InputPlan } from '../../inputs.ts';
import type { TrainingSetBody } from '../../spec.ts';

/** An input that is made of what the target is made of. */
export interface MadeOf {
  readonly column: string;
  readonly reason: string;
}

/** `payments.amount`: a column of a dataset. */
type Origin = string;

/** Lineage of datasets, each asked for once. A column whose lineage is not known column by column has no origins: nothing is claimed of it. */
interface Origins {
  /** The column, and those its values are made of, row by row: no aggregate, no look at other rows. */
  rowByRow(dataset: string, column: string): Promise<ReadonlySet<Origin>>;
  /** The column, and whatever it is made of or decided by. */
  anyhow(dataset: string, column: string | null): Promise<ReadonlySet<Origin>>;
  /** The column, and the one column it is made of, and so on as long as it is one. */
  alone(dataset: string, column: string): Promise<ReadonlySet<Origin>>;
}

/**
 * Inputs that are made of the target, by lineage. A field of the request stands in the very row of the label: it must not be made of a column of
 * which the target is made too. A feature may look at past labels, once these are known: suspicious is one over rows
 * of the label's own time that counts them as known before `knownAfter`. What a dataset itself says of when its rows are known
 * (`availableAt`) is believed.
 */
export async function madeOfTarget(
  { body: { labels } }: Node<TrainingSetBody>,
  plan: InputPlan,
  context: CheckContext,
): Promise<MadeOf[]> {
  const origins = originsIn(context);
  const found: MadeOf[] = [];
  const target = await origins.rowByRow(labels.from, labels.target);
  for (const { name, body } of plan.requests)
    for (const field of body.request) {
      if (plan.keys.includes(field.name) || field.name === labels.at) continue;
      const shared = firstOf(await origins.rowByRow(labels.from, field.name), target);
      if (shared !== undefined)
        found.push({
          column: `${name}.${field.name}`,
          reason: `the field is made of ${shared} in the row of the label, and so is ${labels.target}`,
        });
    }
  const known = await origins.alone(labels.from, labels.target);
  const asked = await origins.rowByRow(labels.from, labels.at);
  for (const { body } of plan.lookups) {
    if (firstOf(await origins.rowByRow(body.from, body.eventTime), asked) === undefined) continue;
    for (const feature of body.features) {
      if (!plan.columns.some(({ name }) => name === feature.name)) continue;
      for (const own of aggregatesIn(feature)) {
        if (!isEarly(body, own, labels.knownAfter)) continue;
        const shared = firstOf(await origins.anyhow(body.from, own.column), known);
        if (shared === undefined) continue;
        found.push({ column: feature.name, reason: earlyReason(own, body, shared, labels) });
        break;
      }
    }
  }
  return found;
}

/** Whether its rows are seen before labels of the same instant are known: neither they nor the window wait as long. */
function isEarly(
  { availableAt, availableAfter }: FeaturesBody,
  { ending }: AggregateSpec,
  knownAfter: number,
): boolean {
  return availableAt === null && Math.max(availableAfter, ending) < knownAfter;
}

function earlyReason(
  { aggregate, ending }: AggregateSpec,
  { from, availableAfter }: FeaturesBody,
  shared: Origin,
  { target, knownAfter }: TrainingSetBody['labels'],
): string {
  const after = availableAfter === 0 ? 'at once' : `after ${formatDuration(availableAfter)}`;
  const earlier = ending === 0 ? '' : `, its window ends ${formatDuration(ending)} before the question`;
  return `a ${aggregate} over ${shared}, which ${target} is made of: rows of ${from} count as known ${after}${earlier}, the label is known after ${formatDuration(knownAfter)}`;
}

function firstOf(some: ReadonlySet<Origin>, others: ReadonlySet<Origin>): Origin | undefined {
  // The last is the one nearest to where the data comes from: that says most.
  return [...some].filter((origin) => others.has(origin)).at(-1);
}

function originsIn(context: CheckContext): Origins {
  const lineages = new Map<string, Promise<Lineage | undefined>>();
  const lineageOf = (dataset: string): Promise<Lineage | undefined> => {
    const node = context.graph.nodes.get(dataset) as Node;
    const kind = [tableKind, sourceKind].find((one) => one.kind === node.kind) as Kind | undefined;
    const found = lineages.get(dataset) ?? Promise.resolve(kind?.lineage?.(node, context));
    lineages.set(dataset, found);
    return found;
  };
  type Next = (
    lineage: Lineage,
    column: string | null,
  ) => readonly { input: string; column: string | null }[];
  const walk = async (dataset: string, column: string | null, next: Next): Promise<Set<Origin>> => {
    const seen = new Set<Origin>();
    const visit = async (at: string, of: string | null): Promise<void> => {
      const origin = `${at}.${of ?? '*'}`;
      if (seen.has(origin)) return;
      seen.add(origin);
      const lineage = await lineageOf(at);
      if (lineage === undefined) return;
      for (const ref of next(lineage, of)) if (ref.column !== null) await visit(ref.input, ref.column);
    };
    await visit(dataset, column);
    seen.delete(`${dataset}.*`);
    return seen;
  };
  const made = (lineage: Lineage, column: string | null) => {
    const found = column === null ? undefined : lineage.columns[column];
    const others = found?.indirect.some(({ as }) => as?.includes('window') || as?.includes('sort'));
    return found === undefined || found.how === 'aggregation' || others ? [] : found.direct;
  };
  return {
    rowByRow: (dataset, column) => walk(dataset, column, made),
    alone: (dataset, column) =>
      walk(dataset, column, (lineage, at) => {
        const direct = made(lineage, at);
        return direct.length === 1 ? direct : [];
      }),
    anyhow: (dataset, column) =>
      walk(dataset, column, (lineage, at) => {
        const found = at === null ? undefined : lineage.columns[at];
        // A join shows in the rows whether or not it keeps any out; what filters and groups does.
        const deciding = lineage.rows.from.filter(({ as }) => as?.some((how) => how !== 'join'));
        return [...(found?.direct ?? []), ...(found?.indirect ?? []), ...deciding];
      }),
  };
}
