import { formatTick, logarithmicScale, roundMarks, type Scale } from "./scale.ts";
import { drawing, element, text } from "./svg.ts";

/** A line through points. */
export interface Series {
  /** Written at its end. */
  readonly label: string;
  /** Its look, from 0 (what the chart is about) to 3. */
  readonly look: number;
  readonly dashed: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** What a chart of lines shows. Both axes are logarithmic: equal ratios are equal distances. */
export interface LineChart {
  readonly title: string;
  /** What lies along the axis, and is marked where a point is. */
  readonly x: string;
  /** What goes up. */
  readonly y: string;
  readonly series: readonly Series[];
  /** Lines of small print below. */
  readonly notes: readonly string[];
}

const size = { width: 820, height: 432 };
const plot = { left: 72, top: 78, right: 484, bottom: 350 };
/** Between the ends of the axis and the points. */
const inset = 24;
const labelDistance = 19;

/** Draws lines as SVG. The same chart gives the same bytes. */
export function lineChart({ title, x, y, series, notes }: LineChart): string {
  const points = series.flatMap((one) => one.points);
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const marks = [...new Set(xs)].toSorted((a, b) => a - b);
  const xScale = logarithmicScale(marks, marks, plot.left + inset, plot.right - inset);
  const yScale = logarithmicScale(ys, roundMarks(ys), plot.bottom, plot.top);
  const places = labelPlaces(series.map(({ points: own }) => yScale.place(own.at(-1)?.y ?? 0)));
  return drawing(size.width, size.height + notes.length * 18 - 8, title, [
    text(24, 32, title, "title"),
    text(24, 58, y, "note"),
    ...yScale.ticks.flatMap((tick) => horizontalMark(yScale.place(tick), formatTick(tick))),
    ...xScale.ticks.flatMap((mark) => verticalMark(xScale.place(mark), formatTick(mark))),
    text((plot.left + plot.right) / 2, plot.bottom + 42, x, "note", "middle"),
    ...series.flatMap((one) => drawSeries(one, xScale, yScale)),
    ...series.flatMap((one, index) => seriesLabel(one, xScale, yScale, places[index] ?? 0)),
    ...notes.map((note, index) => text(24, size.height + index * 18 - 10, note, "note")),
  ]);
}

function horizontalMark(y: number, label: string): string[] {
  return [
    element("line", { x1: plot.left, x2: plot.right, y1: y, y2: y, class: "grid" }),
    text(plot.left - 10, y + 4, label, "note", "end"),
  ];
}

function verticalMark(x: number, label: string): string[] {
  return [
    element("line", { x1: x, x2: x, y1: plot.top, y2: plot.bottom, class: "grid" }),
    text(x, plot.bottom + 20, label, "note", "middle"),
  ];
}

function drawSeries({ points, look, dashed }: Series, x: Scale, y: Scale): string[] {
  const places = points.map((point) => ({ cx: x.place(point.x), cy: y.place(point.y) }));
  const path = places.map(({ cx, cy }) => `${cx.toFixed(2)},${cy.toFixed(2)}`).join(" ");
  return [
    element("polyline", { points: path, class: dashed ? `l${look} dashed` : `l${look}` }),
    ...places.map((place) => element("circle", { ...place, r: 4.5, class: `s${look} dot` })),
  ];
}

/** The label beside the last point, with a thin line to it where it had to move. */
function seriesLabel({ points, label, look }: Series, x: Scale, y: Scale, place: number): string[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const [fromX, fromY] = [x.place(last.x) + 7, y.place(last.y)];
  const to = plot.right + 22;
  return [
    element("line", { x1: fromX, y1: fromY, x2: to - 4, y2: place, class: "grid" }),
    text(to, place + 4.5, label, `s${look} strong`),
  ];
}

/** Places of labels from top to bottom, moved down as far as needed to leave each a line of its own. */
function labelPlaces(wanted: readonly number[]): readonly number[] {
  const places = [...wanted];
  const order = wanted
    .map((_, index) => index)
    .toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  let free = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    places[index] = Math.max(wanted[index] ?? 0, free);
    free = (places[index] ?? 0) + labelDistance;
  }
  return places;
}
