import { FIGURES, leadingOf, modelVersionOf } from '../assets/index.ts';
import { formatInstant } from '../base/index.ts';
import { type Graph, loggedOf, type Node, type Workspace } from '../graph/index.ts';
import type { CheckResult, Version } from '../store/state/index.ts';
import { exampleAsk } from './ask-schema.ts';
import type { ServedEndpoint } from './endpoints.ts';
import { drawGraph } from './graph-drawing.ts';
import { type Html, html } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';
import { reportPath } from './reports.ts';

/**
 * The plain page at `/`: the graph, what is live, its checks, and how to ask each endpoint.
 * @param host as the browser asked for it, so that the commands it shows lead back here.
 */
export function renderPage(
  graph: Graph,
  { state, clock }: Workspace,
  endpoints: readonly ServedEndpoint[],
  host: string,
): string {
  const live = new Map<string, Version>();
  for (const { name } of graph.nodes.values()) {
    const version = state.live(name);
    if (version) live.set(name, version);
  }
  const rows = [...graph.nodes.values()].map((node) => {
    const version = live.get(node.name);
    return assetRow(node, version, version ? state.checks(version.id) : [], waitingOf(state, node.name));
  });
  // Nobody's browser sends another; whoever else does gets no say in a command that people copy.
  const address = /^[\w.:[\]-]+$/.test(host) ? host : 'localhost:7070';
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${graph.name} · Millrace</title><style>${{ html: PAGE_STYLE }}</style></head>
<body><header><h1>${graph.name}</h1><p>${live.size} of ${graph.nodes.size} assets live · ${minute(clock.now())} UTC</p></header>
${drawGraph(graph, (name) => live.has(name))}
<h2>What is live</h2>
<div class="wide sideways"><table><thead><tr><th>asset</th><th>version</th><th class="n">rows</th><th>checks</th><th>published (UTC)</th></tr></thead><tbody>
${rows}</tbody></table></div>
${endpoints.length > 0 && html`<h2>Ask</h2>`}
${endpoints.map((endpoint) => howToAsk(endpoint, address))}
<footer><a href="/openapi.json">OpenAPI</a> · <a href="/readyz">ready?</a> · Each answer has an id: <code>npx millrace trace &lt;id&gt;</code> leads from it back to its rows.</footer>
</body></html>
`;
  return page.html;
}

/** The newest version, where it is a candidate: it was refused, or waits for a person. */
function waitingOf(state: Workspace['state'], name: string): Version | undefined {
  const [newest] = state.definitions(name);
  return newest?.status === 'candidate' ? newest : undefined;
}

function assetRow(
  node: Node,
  version: Version | undefined,
  checks: readonly CheckResult[],
  waiting: Version | undefined,
): Html {
  const { name, kind, owner, description, inputs } = node;
  const said = description ?? (inputs.length > 0 ? `from ${inputs.join(', ')}` : (owner ?? ''));
  return html`<tr id="${name}"><th scope="row">${name}<small>${kind}${said !== '' && ` · ${said}`}</small></th><td>${version?.id ?? html`<span class="soft">not live</span>`}${version && figures(version)}${waiting && notPublished(waiting)}</td><td class="n rows">${version?.rows?.toLocaleString('en')}</td><td class="say">${verdict(checks)}</td><td class="soft">${version && minute(version.createdAt)}</td></tr>
`;
}

function notPublished(candidate: Version): Html {
  const told = candidate.kind === 'model' && loggedOf(candidate) === undefined;
  return html`<small class="bad">${candidate.id} is not published${told && html` · <a href="${reportPath(candidate.id)}">report</a>`}</small>`;
}

/** The two figures of a model that people ask for first, and where all that is known of it stands. */
function figures(version: Version): Html | undefined {
  if (version.kind !== 'model') return undefined;
  const { evaluation } = modelVersionOf(version);
  const leading = leadingOf(evaluation)
    .slice(0, 2)
    .map((name) => `${FIGURES[name].label} ${shown(evaluation.figures[name] ?? null)} · `);
  const report = reportPath(version.id);
  return html`<small>${leading}<a href="${report}">report</a> · <a href="${report}.md">card</a></small>`;
}

const shown = (figure: number | null): string =>
  figure === null ? '–' : String(Number(figure.toPrecision(3)));

function verdict(checks: readonly CheckResult[]): Html {
  const failed = checks.filter((check) => !check.passed);
  if (checks.length === 0) return html`<span class="soft">–</span>`;
  if (failed.length === 0) return html`<span class="good">${checks.length} passed</span>`;
  const passed = checks.length - failed.length;
  return html`<details><summary class="bad">${failed.length} to look at${passed > 0 && `, ${passed} passed`}</summary><ul>${failed.map(
    (check) => html`<li>${check.name}: ${check.observed} (wanted ${check.wanted})</li>`,
  )}</ul></details>`;
}

function howToAsk({ name, description, plan }: ServedEndpoint, host: string): Html {
  // Inside single quotes a shell takes everything but a single quote as it is.
  const question = JSON.stringify(exampleAsk(plan)).replaceAll("'", "'\\''");
  return html`<section class="ask"><h3>${name}</h3><p>${description}</p><pre>curl -s http://${host}/v1/predict/${name} -H 'content-type: application/json' \\
  -d '${question}'</pre></section>
`;
}

/** An instant to the minute, UTC. */
const minute = (at: number): string => formatInstant(at).slice(0, 16).replace('T', ' ');
