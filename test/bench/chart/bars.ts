import { formatTick, linearScale } from "./scale.ts";
import { drawing, element, text } from "./svg.ts";

/** A bar: the median of a contender's runs in a scene. */
interface Bar {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  /** Written after the value, such as `1.4 ×`. */
  readonly note: string;
  /** Drawn in the colour of what the chart is about. */
  readonly highlighted: boolean;
}

/** Bars under a heading of their own. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** What a chart of bars shows. */
export interface BarChart {
  readonly title: string;
  /** What the bars measure, for example `seconds`. */
  readonly unit: string;
  readonly groups: readonly BarGroup[];
  /** Lines of small print below. */
  readonly notes: readonly string[];
}

const width = 820;
const margin = 24;
const left = 264;
/** What is kept free at the right for values and notes. */
const right = 150;
const barHeight = 18;
const barStep = 26;
const headingHeight = 34;

/** Draws horizontal bars, all on one axis, as SVG. The same chart gives the same bytes. */
export function barChart({ title, unit, groups, notes }: BarChart): string {
  const bars = groups.flatMap((group) => group.bars);
  const scale = linearScale(Math.max(...bars.map(({ most }) => most)), left, width - right);
  const top = 52;
  const bottom =
    top + groups.reduce((sum, group) => sum + headingHeight + group.bars.length * barStep, 0) + 8;
  const axis = scale.ticks.flatMap((tick) => {
    const x = scale.place(tick);
    const line = { x1: x, x2: x, y1: top, y2: bottom, class: tick === 0 ? "axis" : "grid" };
    return [element("line", line), text(x, bottom + 18, formatTick(tick), "note", "middle")];
  });
  const content: string[] = [];
  let y = top;
  for (const group of groups) {
    content.push(text(margin, y + 22, group.title, "label strong"));
    y += headingHeight;
    for (const bar of group.bars) {
      content.push(...drawBar(bar, y, scale.place));
      y += barStep;
    }
  }
  const unitPlace = width - right + 12;
  const end = bottom + 34;
  return drawing(width, end + notes.length * 18 + 6, title, [
    text(margin, 32, title, "title"),
    ...axis,
    text(unitPlace, bottom + 18, unit, "note"),
    ...content,
    ...notes.map((note, index) => text(margin, end + 10 + index * 18, note, "note")),
  ]);
}

function drawBar(bar: Bar, y: number, place: (value: number) => number): string[] {
  const middle = y + barHeight / 2;
  const end = place(bar.value);
  const [least, most] = [place(bar.least), place(bar.most)];
  const after = Math.max(end, most) + 8;
  const value = bar.value.toFixed(bar.value < 10 ? 2 : 1);
  const cap = { y1: middle - 4, y2: middle + 4, class: "spread" };
  return [
    text(left - 12, middle + 4.5, bar.label, bar.highlighted ? "label strong" : "label", "end"),
    element("rect", {
      x: left,
      y,
      width: Math.max(end - left, 1),
      height: barHeight,
      class: bar.highlighted ? "s0" : "other",
    }),
    element("line", { x1: least, x2: most, y1: middle, y2: middle, class: "spread" }),
    element("line", { x1: least, x2: least, ...cap }),
    element("line", { x1: most, x2: most, ...cap }),
    text(after, middle + 4.5, value, "label strong"),
    text(after + 44, middle + 4.5, bar.note, "note"),
  ];
}
