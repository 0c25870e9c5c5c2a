import type { Graph } from '../graph/index.ts';
import { type Line, layOut, type Placed } from './graph-layout.ts';
import { type Html, html } from './html.ts';

const HEIGHT = 46;
const GAP_X = 44;
const GAP_Y = 16;
/** Letters of a name that are shown; the rest is in the title. */
const LETTERS = 24;
/** Width of a letter at 13 px, generously. */
const LETTER = 7.6;

/** The graph as inline SVG: a column for each distance from the sources; a full dot is live. */
export function drawGraph(graph: Graph, isLive: (name: string) => boolean): Html {
  const { nodes, lines } = layOut(graph);
  const longest = Math.max(8, ...nodes.map(({ name }) => Math.min(name.length, LETTERS)));
  const width = Math.round(longest * LETTER + 40);
  const rows = [...nodes, ...lines.flat()].map(({ row }) => row);
  const top = Math.min(0, ...rows);
  const xOf = ({ column }: Placed): number => column * (width + GAP_X);
  const yOf = ({ row }: Placed): number => Math.round((row - top) * (HEIGHT + GAP_Y));
  const wide = Math.max(0, ...nodes.map(xOf)) + width;
  const high = Math.max(0, ...rows.map((row) => Math.round((row - top) * (HEIGHT + GAP_Y)))) + HEIGHT;
  const path = (line: Line): string => {
    const points = line.map((at, i) => ({
      // A line leaves at a box's right edge, and is level all along a column it only crosses.
      left: xOf(at) + (i === 0 ? width : 0),
      right: xOf(at) + (i === line.length - 1 ? 0 : width),
      y: yOf(at) + HEIGHT / 2,
    }));
    return points
      .map(({ left, right, y }, i) => {
        const last = points[i - 1];
        if (last === undefined) return `M${left} ${y}`;
        const middle = (last.right + left) / 2;
        return `C${middle} ${last.y} ${middle} ${y} ${left} ${y}H${right}`;
      })
      .join('');
  };
  const boxes = nodes.map((at) => {
    const { name } = at;
    const { kind } = graph.nodes.get(name) as { kind: string };
    const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
    const [x, y] = [xOf(at), yOf(at)];
    return html`<g><title>${name}</title><rect x="${x}" y="${y}" width="${width}" height="${HEIGHT}" rx="8"/><circle cx="${x + 16}" cy="${y + 18}" r="4" class="${isLive(name) ? 'live' : 'none'}"/><text x="${x + 28}" y="${y + 22}">${short}</text><text x="${x + 28}" y="${y + 37}" class="kind">${kind}</text></g>`;
  });
  return html`<div class="graph"><svg width="${wide + 2}" height="${high + 2}" viewBox="-1 -1 ${wide + 2} ${high + 2}" role="img" aria-label="The project as a graph">${lines.map((line) => html`<path d="${path(line)}"/>`)}${boxes}</svg></div>`;
}
