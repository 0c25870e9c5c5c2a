import { formatInstant } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import type { ServedEndpoint } from './endpoints.ts';

/** Any text as HTML text or attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The plain page at `/`: the graph, what is live, its checks, and how to ask each endpoint. */
export function renderPage(graph: Graph, workspace: Workspace, endpoints: readonly ServedEndpoint[]): string {
  const { state } = workspace;
  const rows = [...graph.nodes.values()].map((node) => {
    const live = state.live(node.name);
    const checks = live ? state.checks(live.id) : [];
    const failed = checks.filter((check) => !check.passed);
    const verdict =
      live === undefined
        ? '<span class="none">not live</span>'
        : failed.length === 0
          ? `${checks.length} passed`
          : `<details><summary>${failed.length} failed, ${checks.length - failed.length} passed</summary><ul>${failed
              .map((c) => `<li>${escapeHtml(c.name)}: ${escapeHtml(c.observed)} (wanted ${escapeHtml(c.wanted)})</li>`)
              .join('')}</ul></details>`;
    return `<tr><th scope="row">${escapeHtml(node.name)}</th><td>${escapeHtml(node.kind)}</td><td>${node.inputs.map(escapeHtml).join(', ')}</td>
<td>${escapeHtml(live?.id ?? '–')}</td><td class="n">${live?.rows?.toLocaleString('en') ?? ''}</td><td>${verdict}</td>
<td>${live ? escapeHtml(formatInstant(live.createdAt).slice(0, 16).replace('T', ' ')) : ''}</td></tr>`;
  });
  const asks = endpoints.map((endpoint) => {
    const example: Record<string, unknown> = {};
    for (const key of endpoint.plan.keys) example[key] = '…';
    for (const { name, type } of endpoint.plan.requestColumns)
      example[name] =
        type === 'string'
          ? '…'
          : type === 'boolean'
            ? false
            : type === 'timestamp'
              ? '2026-01-01T00:00:00Z'
              : 12;
    return `<h3>${escapeHtml(endpoint.name)}</h3><pre>curl -s localhost:7070/v1/predict/${escapeHtml(endpoint.name)} -H 'content-type: application/json' -d '${escapeHtml(JSON.stringify(example))}'</pre>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(graph.name)} · Millrace</title><style>
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent)}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:right}.none{opacity:.6}pre{padding:.8rem;border:1px solid var(--line);border-radius:6px;overflow:auto}
svg{max-width:100%;height:auto;margin:1rem 0}svg text{font:13px system-ui,sans-serif;fill:currentColor}svg rect{fill:none;stroke:currentColor;stroke-opacity:.5}svg path{fill:none;stroke:currentColor;stroke-opacity:.35}
</style><h1>${escapeHtml(graph.name)}</h1>${drawGraph(graph)}
<table><thead><tr><th>asset</th><th>kind</th><th>built from</th><th>live</th><th class="n">rows</th><th>checks</th><th>since (UTC)</th></tr></thead><tbody>${rows.join('')}</tbody></table>
<h2>Ask</h2>${asks.join('')}<p>Then <code>npx millrace trace &lt;id&gt;</code>. The schema is at <a href="/openapi.json">/openapi.json</a>.</p></html>`;
}

/** The graph as inline SVG: a column for each distance from the sources. */
function drawGraph(graph: Graph): string {
  const depth = new Map<string, number>();
  const columns: string[][] = [];
  for (const node of graph.nodes.values()) {
    const d = Math.max(-1, ...node.inputs.map((input) => depth.get(input) as number)) + 1;
    depth.set(node.name, d);
    columns[d] ??= [];
    columns[d].push(node.name);
  }
  const width = 150;
  const gap = 46;
  const at = new Map<string, { x: number; y: number }>();
  columns.forEach((names, d) => {
    for (const [i, name] of names.entries()) at.set(name, { x: d * (width + gap), y: i * 52 });
  });
  const height = Math.max(...columns.map((names) => names.length)) * 52;
  const lines = [...graph.nodes.values()].flatMap((node) =>
    node.inputs.map((input) => {
      const a = at.get(input) as { x: number; y: number };
      const b = at.get(node.name) as { x: number; y: number };
      const x1 = a.x + width;
      const middle = (x1 + b.x) / 2;
      return `<path d="M${x1} ${a.y + 18}C${middle} ${a.y + 18} ${middle} ${b.y + 18} ${b.x} ${b.y + 18}"/>`;
    }),
  );
  const boxes = [...at].map(
    ([name, { x, y }]) =>
      `<rect x="${x}" y="${y}" width="${width}" height="36" rx="6"/><text x="${x + 10}" y="${y + 23}">${escapeHtml(name.length > 19 ? `${name.slice(0, 18)}…` : name)}</text>`,
  );
  return `<svg viewBox="-1 -1 ${columns.length * (width + gap) - gap + 2} ${height + 2}" role="img" aria-label="The project as a graph">${lines.join('')}${boxes.join('')}</svg>`;
}
