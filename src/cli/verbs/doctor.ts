import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import colors from 'picocolors';
import { kinds } from '../../assets/index.ts';
import { counted, parseDuration } from '../../base/index.ts';
import { HOME, openWorkspace, toRetire } from '../../graph/index.ts';
import { openDatabase } from '../../store/index.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import type { Subject } from '../doctor/subject.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { mustBeThere } from '../load-project.ts';
import { plain } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

export interface DoctorOptions {
  readonly fix?: boolean;
  /** Durations. */
  readonly expireAfter: string;
  readonly grace: string;
  readonly keep: number;
}

/** `millrace doctor [--fix]`. The project's file is not imported: what is kept can be looked after even when it has a fault. */
export async function doctorVerb(
  { projectFile, terminal }: VerbContext,
  { fix = false, expireAfter, grace, keep }: DoctorOptions,
): Promise<number> {
  const after = parseDuration(expireAfter);
  const young = parseDuration(grace);
  const file = resolve(projectFile);
  mustBeThere(file);
  const folder = dirname(file);
  const home = join(folder, HOME);
  if (!existsSync(join(home, 'state.db'))) {
    terminal.line('Nothing has been built yet.');
    terminal.result({ ok: true, findings: [] });
    return DONE;
  }
  const workspace = await openWorkspace(folder);
  const database = openDatabase(join(home, 'state.db'));
  try {
    const now = workspace.clock.now();
    const retention = { now, young, recent: keep, hourly: after };
    const subject: Subject = {
      workspace,
      database,
      home,
      versions: database
        .all<{ asset: string }>('select distinct asset from mill_version order by asset')
        .flatMap(({ asset }) => workspace.state.versions(asset)),
      // Files bear the system's time, even where the project's clock stands still.
      settled: Date.now() * 1000 - young,
      expireBefore: now - after,
      thinBefore: now - young,
      keepSnapshots: keep,
      retention,
      retirable: await toRetire(kinds, workspace, retention),
    };
    const told: { finding: Finding; mended: string | undefined }[] = [];
    for (const finding of await examine(subject)) {
      const mended = fix ? await finding.fix?.() : undefined;
      told.push({ finding, mended });
      const mark =
        mended !== undefined
          ? colors.green('✓')
          : finding.level === 'broken'
            ? colors.red('✗')
            : colors.yellow('!');
      terminal.line(`${mark} ${colors.dim(finding.room)}  ${plain(finding.what)}`);
      terminal.line(`    ${mended === undefined ? plain(finding.todo) : `${plain(mended)}.`}`);
    }
    const broken = told.filter(({ finding, mended }) => finding.level === 'broken' && mended === undefined);
    const left = told.filter(({ finding, mended }) => finding.level === 'left' && mended === undefined);
    if (told.length === 0) terminal.line('All is well.');
    else if (broken.length === 0 && left.length > 0 && !fix)
      terminal.line(`Nothing is broken; ${counted(left.length, 'thing')} to tidy up with --fix.`);
    terminal.result({
      ok: broken.length === 0,
      findings: told.map(({ finding: { level, room, what, todo, fix: mend }, mended }) => ({
        level,
        room,
        what,
        todo,
        mendable: mend !== undefined,
        mended: mended ?? null,
      })),
    });
    return broken.length === 0 ? DONE : PROBLEMS;
  } finally {
    database.close();
    await workspace.close();
  }
}
