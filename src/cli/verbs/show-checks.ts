import colors from 'picocolors';
import { contractOf, ruleNotes } from '../../assets/index.ts';
import { formatInstant } from '../../base/index.ts';
import type { Node, Workspace } from '../../graph/index.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';

/** Versions shown of each rule on the screen; the document has all. */
const SHOWN = 5;

/** `millrace show <asset> --checks`: the history of each rule over the versions, newest first, by the name of the check. */
export function showChecks(node: Node, { state }: Workspace, terminal: Terminal): void {
  const contract = contractOf(node);
  const notes = contract === undefined ? undefined : ruleNotes(contract);
  const live = state.live(node.name)?.id ?? null;
  const rules = new Map<string, object[]>();
  const versions = state
    .versions(node.name)
    .map((version) => ({ version, checks: state.checks(version.id) }));
  for (const { version, checks } of versions)
    for (const { name, ...verdict } of checks) {
      const history = rules.get(name) ?? [];
      history.push({
        version: version.id,
        status: version.status,
        at: formatInstant(version.createdAt),
        ...verdict,
      });
      rules.set(name, history);
    }
  const told = [...rules].map(([name, history]) => ({ name, ...notes?.get(name), history }));
  for (const { name, owner, description, history } of told) {
    terminal.line(
      `${colors.bold(plain(name))}${owner === undefined ? '' : `  ${plain(owner)}`}${description === undefined ? '' : colors.dim(`  ${plain(description)}`)}`,
    );
    const rows = history.slice(0, SHOWN).map((one) => {
      const { version, at, passed, severity, observed, wanted } = one as Record<string, string>;
      const mark = passed ? colors.green('✓') : severity === 'block' ? colors.red('✗') : colors.yellow('!');
      return [
        `  ${mark} ${version}`,
        at as string,
        plain(observed as string),
        colors.dim(`wanted ${plain(wanted as string)}`),
      ];
    });
    for (const line of tabulate(rows)) terminal.line(line);
    if (history.length > SHOWN) terminal.line(colors.dim(`  … and ${history.length - SHOWN} earlier`));
  }
  if (told.length === 0) terminal.line(`${node.name} has no checks yet.`);
  terminal.result({ name: node.name, live, rules: told });
}
