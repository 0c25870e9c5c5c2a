import type { Graph } from '../graph/index.ts';
import { type Line, layOut, type Placed } from './graph-layout.ts';
import { type Html, html } from './html.ts';

const HEIGHT = 46;
const GAP_X = 44;
const GAP_Y = 16;
/** Letters of a name that are shown; the rest is in the title. */
const LETTERS = 24;
/** Width of a letter of a name, at 13 px, and of its kind, at 11 px, generously. */
const LETTER = 8.7;
const KIND_LETTER = 6.4;
/** What stands beside the letters: the dot, and room. */
const BESIDE = 40;

/**
 * The graph as inline SVG: a column for each distance from the sources, as wide as its longest name; a full dot is live. Each box
 * leads to the row of the table that tells more.
 */
export function drawGraph(graph: Graph, isLive: (name: string) => boolean): Html {
  const { nodes, lines } = layOut(graph);
  const kindOf = (name: string): string => (graph.nodes.get(name) as { kind: string }).kind;
  const columns = columnsOf(nodes, kindOf);
  const widthOf = ({ column }: Placed): number => columns[column]?.width ?? 0;
  const rows = [...nodes, ...lines.flat()].map(({ row }) => row);
  const top = Math.min(0, ...rows);
  const xOf = ({ column }: Placed): number => columns[column]?.x ?? 0;
  const yOf = ({ row }: Placed): number => Math.round((row - top) * (HEIGHT + GAP_Y));
  const wide = Math.max(0, ...nodes.map((at) => xOf(at) + widthOf(at)));
  const high = Math.max(0, ...rows.map((row) => Math.round((row - top) * (HEIGHT + GAP_Y)))) + HEIGHT;
  const path = (line: Line): string => {
    const points = line.map((at, i) => ({
      // A line leaves at a box's right edge, and is level all along a column it only crosses.
      left: xOf(at) + (i === 0 ? widthOf(at) : 0),
      right: xOf(at) + (i === line.length - 1 ? 0 : widthOf(at)),
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
    const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
    const [x, y] = [xOf(at), yOf(at)];
    return html`<a href="#${name}"><title>${name}</title><rect x="${x}" y="${y}" width="${widthOf(at)}" height="${HEIGHT}" rx="8"/><circle cx="${x + 16}" cy="${y + 18}" r="4" class="${isLive(name) ? 'live' : 'none'}"/><text x="${x + 28}" y="${y + 22}">${short}</text><text x="${x + 28}" y="${y + 37}" class="kind">${kindOf(name)}</text></a>`;
  });
  return html`<div class="graph sideways"><svg width="${wide + 2}" height="${high + 2}" viewBox="-1 -1 ${wide + 2} ${high + 2}" role="group" aria-label="The project as a graph: what is built from what, left to right">${lines.map((line) => html`<path d="${path(line)}"/>`)}${boxes}</svg></div>`;
}

/** Where each column begins, and how wide its boxes are, in pixels. */
function columnsOf(
  nodes: readonly Placed[],
  kindOf: (name: string) => string,
): readonly { readonly x: number; readonly width: number }[] {
  const widths: number[] = [];
  for (const { name, column } of nodes) {
    const letters = Math.max(Math.min(name.length, LETTERS) * LETTER, kindOf(name).length * KIND_LETTER);
    widths[column] = Math.max(widths[column] ?? 0, Math.round(letters + BESIDE));
  }
  let x = 0;
  return widths.map((width) => {
    const column = { x, width };
    x += width + GAP_X;
    return column;
  });
}
