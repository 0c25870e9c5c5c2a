import { type Json, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { BuildContext, Candidate, Kind } from '../../../graph/index.ts';
import { exchangeTable } from '../../../store/lake/index.ts';
import { planInputs } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';
import { type Assembled, assemble, HIDDEN, ROWS, trainingColumns } from './assemble.ts';
import { checkTrainingSet } from './check.ts';
import { digestRows } from './digest.ts';
import { leakageChecks } from './leakage/checks.ts';
import { type Manifest, type PartCount, pinned, type TrainingSetVersion } from './manifest.ts';
import { checkParts } from './part-checks.ts';
import { portrayTrainingSet } from './portrait.ts';
import { profileColumns } from './profile.ts';
import { resume } from './resume.ts';
import { PARTS, type Part } from './split.ts';
import { trainingLineage } from './training-lineage.ts';

/**
 * A training set: labels joined point-in-time with features, one immutable table. Rows whose label is null, or not yet
 * known, are left out.
 */
export const trainingSetKind: Kind<TrainingSetBody> = {
  kind: 'training-set',
  revision: 3,
  check: checkTrainingSet,
  lineage: trainingLineage,
  portray: portrayTrainingSet,
  build: buildTrainingSet,
};

async function buildTrainingSet(context: BuildContext<TrainingSetBody>): Promise<Candidate> {
  const { node, graph, workspace, progress } = context;
  const { body } = node;
  const { plan } = planInputs(graph, node, body.inputs);
  const versions = pinned(workspace, body, plan, context.input);
  const going = resume(workspace, node.name, { body, plan, versions });
  const { asOf } = going;
  const session = await workspace.engine.session();
  try {
    const made = await assemble(session, context, plan, asOf, going.sharesOf);
    const asked = trainingColumns(node, plan, graph);
    const columns = [...asked, ...HIDDEN];
    const { lake } = workspace;
    const exchange = exchangeTable(lake, node.name, columns);
    const files = await session.write(
      lake.folderOf(node.name),
      exchange.columns,
      `select * exclude (_ask, _at) from ${ROWS} order by _ask`,
    );
    const { rows, digest } = await digestRows(session, ROWS, columns);
    progress((plan.lookups.length + 1.5) / (plan.lookups.length + 2), 'looking for leakage');
    const leakage = rows > 0 ? await leakageChecks(session, context, plan) : [];
    const parts = await countParts(session, body);
    const manifest: Manifest = {
      millrace: 1,
      trainingSet: node.name,
      asOf,
      definition: body,
      plan,
      ...versions,
      sampled: made.sampled ?? null,
      borders: made.borders,
      columns: columns.map(({ name, type }) => ({ name, type })),
      ...{ rows, digest },
    };
    const detail: TrainingSetVersion = {
      asOf,
      unknownYet: made.unknownYet,
      ...('gap' in body.split ? { inGap: made.inGap } : {}),
      ...(made.unanswered === 0 ? {} : { unanswered: made.unanswered }),
      ...(Object.keys(made.late).length === 0 ? {} : { late: made.late }),
      profile: { columns: await profileColumns(session, ROWS, asked) },
      ...(made.onFailed === 0
        ? {}
        : { onFailed: { rows: made.onFailed, checks: made.failed.map(({ check }) => check) } }),
      parts,
      manifest,
    };
    going.done();
    return {
      rows,
      note: noteOf(rows, made, body),
      checks: [
        { name: 'labelled rows', passed: rows > 0, severity: 'block', observed: String(rows), wanted: '≥ 1' },
        ...checkParts(body, parts),
        ...leakage,
      ],
      detail: detail as unknown as Json,
      changes: exchange.changes(files),
    };
  } finally {
    session.close();
  }
}

function noteOf(
  rows: number,
  { unknownYet, unanswered, inGap, sampled, onFailed, late }: Assembled,
  body: TrainingSetBody,
): string {
  const number = (n: number): string => n.toLocaleString('en');
  const what = body.labels.leaveOutFailed ? 'left out, which stand' : 'stand';
  return [
    `${number(rows)} labelled rows`,
    ...(sampled === undefined
      ? []
      : [`${Number((100 * sampled.share).toPrecision(3))} % of ${number(sampled.negatives)} negatives kept`]),
    `${number(unknownYet)} whose label is not known yet`,
    ...(inGap === 0 ? [] : [`${number(inGap)} left out in the gaps between parts`]),
    ...(unanswered === 0 ? [] : [`${number(unanswered)} without a label left out`]),
    ...(Object.keys(late).length === 0 ? [] : [lateText(late)]),
    ...(onFailed === 0 ? [] : [`${number(onFailed)} ${what} on failed checks`]),
  ].join('; ');
}

/** The feature that lost most to rows that came too late, and how many did. */
function lateText(late: Assembled['late']): string {
  const [[feature, rows] = ['', 0], ...others] = Object.entries(late).sort(([, a], [, b]) => b - a);
  const more = others.length === 0 ? '' : `, fewer for ${others.length.toLocaleString('en')} others`;
  return `${rows.toLocaleString('en')} rows came too late for ${feature}${more}`;
}

async function countParts(
  session: Session,
  { labels, task }: TrainingSetBody,
): Promise<Record<Part, PartCount>> {
  // Of names there is no mean.
  const value = task === 'multiclass' ? 'null::DOUBLE' : `${quoteName(labels.target)}::DOUBLE`;
  const found = await session.rows<{ part: Part } & PartCount>(
    `select _split as part, count(*) as "rows", min(_at) as "from", max(_at) as "to",
       sum(_weight * ${value}) / sum(_weight) as "meanTarget" from ${ROWS} group by _split`,
  );
  const none: PartCount = { rows: 0, from: null, to: null, meanTarget: null };
  return Object.fromEntries(
    PARTS.map((part) => {
      const { part: _, ...counted } = found.find((row) => row.part === part) ?? { part, ...none };
      return [part, counted];
    }),
  ) as Record<Part, PartCount>;
}
