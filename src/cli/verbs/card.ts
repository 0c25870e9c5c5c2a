import { cardMarkdown, cardOf, modelReportOf } from '../../assets/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedVersion } from '../named-version.ts';
import { plain } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';
import { writeOut } from '../write-out.ts';

/** `millrace card <model>`: what a version is, how good and for whom, in plain words. @throws MILL_REPORT_MISSING */
export async function cardVerb(
  { projectFile, terminal }: VerbContext,
  named: string,
  { to }: { to?: string },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const { version } = namedVersion(graph, workspace, named);
    const card = cardOf(await modelReportOf(workspace, version), version);
    const markdown = cardMarkdown(card);
    if (to === undefined) terminal.line(plain(markdown.trimEnd(), { lines: true }));
    else {
      writeOut(to, markdown);
      terminal.line(`The card of ${version.id} is in ${plain(to)}.`);
    }
    terminal.result({ version: version.id, ...card, ...(to === undefined ? { markdown } : { file: to }) });
    return DONE;
  } finally {
    await workspace.close();
  }
}
