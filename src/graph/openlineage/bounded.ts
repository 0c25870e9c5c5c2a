import { type Facets, type LineageDataset, type LineageEvent, ownFacet } from './event.ts';

/** Consumers take events of up to 1 MB (facts: buses refuse more, backends choke); a little less is kept free for their envelope. */
export const MOST_BYTES = 950_000;

/** What is left out of an event that is too large, in this order: first what says most and is least looked at. */
const order: readonly (readonly ['inputs' | 'outputs' | 'job' | 'run', string])[] = [
  ['outputs', 'lineage'],
  ['outputs', 'columnLineage'],
  ['inputs', 'schema'],
  ['outputs', 'dataQualityAssertions'],
  ['run', 'test'],
  ['job', 'sql'],
  ['outputs', 'schema'],
  ['inputs', 'millrace_features'],
  ['inputs', 'millrace_model'],
  ['outputs', 'millrace_features'],
  ['outputs', 'millrace_model'],
  ['inputs', 'documentation'],
  ['outputs', 'documentation'],
  ['job', 'documentation'],
];

export const bytesOf = (event: LineageEvent): number => Buffer.byteLength(JSON.stringify(event));

/**
 * The event, small enough to be taken: facets are left out until it is, and the run says which (`millrace_dropped`). An event itself is
 * never left out, since a run without its end stays open for ever.
 */
export function bounded(
  event: LineageEvent,
  dropped: readonly string[] = [],
  most: number = MOST_BYTES,
): LineageEvent {
  const gone = [...dropped];
  let now = noted(event, gone);
  for (const [where, key] of order) {
    if (bytesOf(now) <= most) return now;
    const less = without(now, where, key);
    if (less === undefined) continue;
    gone.push(
      where === 'inputs' || where === 'outputs' ? `${where}[].facets.${key}` : `${where}.facets.${key}`,
    );
    now = noted(less, gone);
  }
  if (bytesOf(now) <= most) return now;
  const bare = ({ namespace, name }: LineageDataset): LineageDataset => ({ namespace, name });
  const least = noted({ ...now, inputs: now.inputs.map(bare), outputs: now.outputs.map(bare) }, [
    ...gone,
    'inputs[].facets',
    'outputs[].facets',
  ]);
  // What is gone takes up room as well.
  if (bytesOf(least) <= most) return least;
  return noted({ ...least, inputs: [], outputs: [] }, [...gone, 'inputs', 'outputs']);
}

function noted(event: LineageEvent, gone: readonly string[]): LineageEvent {
  if (gone.length === 0) return event;
  const facets = { ...event.run.facets, ...ownFacet('dropped', { facets: gone, reason: 'too large' }) };
  return { ...event, run: { ...event.run, facets } };
}

function without(
  event: LineageEvent,
  where: 'inputs' | 'outputs' | 'job' | 'run',
  key: string,
): LineageEvent | undefined {
  const less = (facets: Facets | undefined): Facets =>
    Object.fromEntries(Object.entries(facets ?? {}).filter(([name]) => name !== key));
  if (where === 'job' || where === 'run') {
    if (event[where].facets[key] === undefined) return undefined;
    return { ...event, [where]: { ...event[where], facets: less(event[where].facets) } };
  }
  if (!event[where].some(({ facets }) => facets?.[key] !== undefined)) return undefined;
  return { ...event, [where]: event[where].map((item) => ({ ...item, facets: less(item.facets) })) };
}
