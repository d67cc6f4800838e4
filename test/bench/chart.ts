import { join } from "node:path";
import { type BarGroup, barChart } from "./chart/bars.ts";
import { lineChart, type Series } from "./chart/lines.ts";
import type { Report, Row, SceneResult } from "./results.ts";

/** A chart as a file. */
export interface ChartFile {
  /** Of the file, without its folder. */
  readonly name: string;
  /** What it shows, for the text of a link. */
  readonly title: string;
  readonly svg: string;
}

/** Who the charts are about. */
const ours = "installer";

/** The charts that a report has the figures for. */
export function reportCharts(report: Report): readonly ChartFile[] {
  return [medians(report), growth(report), latency(report)].flatMap((chart) => chart ?? []);
}

/** Writes {@link reportCharts} into a folder. */
export async function writeCharts(report: Report, folder: string): Promise<readonly ChartFile[]> {
  const charts = reportCharts(report);
  for (const { name, svg } of charts) await Bun.write(join(folder, name), svg);
  return charts;
}

/** Where and when, below every chart. */
function origin({ machine, date }: Report): string {
  return `${machine}, ${date.slice(0, 10)}`;
}

function sceneNamed(report: Report, name: string): SceneResult | undefined {
  return report.scenes.find(({ scene }) => scene === name);
}

/** Scenes of one pull on loopback, in the order of the chart. */
const loopbackScenes = ["zstd", "none", "xz"];

function medians(report: Report): ChartFile | undefined {
  const scenes = loopbackScenes.flatMap((name) => sceneNamed(report, name) ?? []);
  if (scenes.length === 0) return undefined;
  const title = "Time to pull a NixOS server's closure";
  return {
    name: "performance-medians.svg",
    title,
    svg: barChart({
      title,
      unit: "seconds",
      groups: scenes.map(medianBars),
      notes: [
        `${scenes[0]?.conditions ?? ""}, sync included. Bars are medians, thin lines go from least to most.`,
        origin(report),
      ],
    }),
  };
}

function medianBars({ title, rows }: SceneResult): BarGroup {
  const reference = rows.find(({ contender }) => contender === ours);
  return {
    title,
    bars: rows.map((row) => ({
      label: row.label,
      value: row.seconds,
      least: row.leastSeconds,
      most: row.mostSeconds,
      note:
        reference === undefined || row === reference
          ? ""
          : `${(row.seconds / reference.seconds).toFixed(2)} ×`,
      highlighted: row.contender === ours,
    })),
  };
}

/** A row's condition, which ends its label, taken off; undefined if it has none of that kind. */
function splitLabel(
  { label }: Row,
  condition: RegExp,
): { readonly label: string; readonly numbers: readonly number[] } | undefined {
  const match = condition.exec(label);
  if (match === null) return undefined;
  return { label: label.slice(0, match.index), numbers: match.slice(1).map(Number) };
}

interface Point {
  readonly contender: string;
  readonly series: string;
  readonly dashed: boolean;
  readonly x: number;
  readonly y: number;
}

/** One series for all points of the same name; ours has the first look, each other contender one of its own. */
function seriesOf(points: readonly Point[]): readonly Series[] {
  const others = [...new Set(points.map(({ contender }) => contender))].filter(
    (contender) => contender !== ours,
  );
  return [...Map.groupBy(points, ({ series }) => series)].map(([label, own]) => ({
    label,
    look: 1 + others.indexOf(own[0]?.contender ?? ""),
    dashed: own[0]?.dashed ?? false,
    points: own.toSorted((a, b) => a.x - b.x),
  }));
}

function growth(report: Report): ChartFile | undefined {
  const scene = sceneNamed(report, "growth");
  if (scene === undefined) return undefined;
  const points = scene.rows.flatMap((row): Point[] => {
    const split = splitLabel(row, /, (\d+) paths$/);
    if (split === undefined) return [];
    const { contender, seconds } = row;
    const [paths = 0] = split.numbers;
    return [{ contender, series: split.label, dashed: false, x: paths, y: seconds }];
  });
  if (points.length === 0) return undefined;
  const title = "Time against the number of store paths";
  return {
    name: "performance-growth.svg",
    title,
    svg: lineChart({
      title,
      x: "store paths",
      y: "seconds",
      series: seriesOf(points),
      notes: [`zstd cache on loopback, ${scene.conditions}`, origin(report)],
    }),
  };
}

function latency(report: Report): ChartFile | undefined {
  const scene = sceneNamed(report, "latency");
  if (scene === undefined) return undefined;
  const points = scene.rows.flatMap((row): Point[] => {
    const split = splitLabel(row, /, ([\d.]+) ms, (\d+) Mbit\/s$/);
    if (split === undefined) return [];
    const { contender, seconds } = row;
    const [milliseconds = 0, megabits = 0] = split.numbers;
    const speed = megabits >= 1000 ? `${megabits / 1000} Gbit/s` : `${megabits} Mbit/s`;
    const dashed = megabits < 1000;
    return [{ contender, series: `${split.label}, ${speed}`, dashed, x: milliseconds, y: seconds }];
  });
  if (points.length === 0) return undefined;
  const title = "Time against the distance of the cache";
  return {
    name: "performance-latency.svg",
    title,
    svg: lineChart({
      title,
      x: "round trip, milliseconds",
      y: "seconds",
      series: seriesOf(points),
      notes: [`zstd cache, ${scene.conditions}`, origin(report)],
    }),
  };
}
