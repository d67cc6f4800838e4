import { expect, test } from "bun:test";
import { formatTick, linearScale, logarithmicScale, roundMarks } from "../../bench/chart/scale.ts";
import { reportCharts } from "../../bench/chart.ts";
import { report } from "./report-fixture.ts";

/** What a chart says, element by element. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? "");
}

function chart(name: string): string {
  return reportCharts(report).find((one) => one.name === name)?.svg ?? "";
}

test("draws the charts that there are figures for, the same each time", () => {
  const names = ["performance-medians.svg", "performance-growth.svg", "performance-latency.svg"];
  expect(reportCharts(report).map(({ name }) => name)).toEqual(names);
  expect(reportCharts(report)).toEqual(reportCharts(structuredClone(report)));
  expect(reportCharts({ ...report, scenes: [] })).toEqual([]);
});

test("shows medians as bars as long as they are, with their ratio to the installer's", () => {
  const svg = chart("performance-medians.svg");
  expect(texts(svg)).toEqual(
    expect.arrayContaining(["curl | zstd | tar", "4.25", "1.25 ×", "1.50 ×"]),
  );
  const bars = [...svg.matchAll(/<rect x="264"[^>]* width="([\d.]+)"[^>]* class="(\w+)"/g)];
  expect(bars.map((bar) => bar[2])).toEqual(["s0", "other", "other"]);
  const [ours, archive] = bars.map((bar) => Number(bar[1]));
  expect((archive ?? 0) / (ours ?? 1)).toBeCloseTo(4.25 / 3.4, 3);
});

test("shows how time grows, contenders by name and points where they belong", () => {
  const svg = chart("performance-growth.svg");
  expect(texts(svg)).toEqual(
    expect.arrayContaining(["1,000", "10,000", "installer pull", "nix copy, Nix 2.34.8 (sid)"]),
  );
  const rises = [...svg.matchAll(/points="[\d.]+,([\d.]+) [\d.]+,([\d.]+)"/g)].map(
    (match) => Number(match[1]) - Number(match[2]),
  );
  // Ten and fifteen times as much, on a logarithmic axis.
  expect((rises[1] ?? 0) / (rises[0] ?? 1)).toBeCloseTo(Math.log(15) / Math.log(10), 2);
});

test("names bandwidths in the chart of distances", () => {
  const named = ["installer pull, 1 Gbit/s", "nix copy, 1 Gbit/s", "20", "150"];
  expect(texts(chart("performance-latency.svg"))).toEqual(expect.arrayContaining(named));
});

test("places values on its scales", () => {
  const linear = linearScale(13.4, 100, 400);
  expect(linear.ticks).toEqual([0, 5, 10, 15]);
  expect(linear.place(7.5)).toBe(250);
  const values = [0.7, 30];
  const logarithmic = logarithmicScale(values, roundMarks(values), 0, 100);
  expect(logarithmic.ticks).toEqual([0.5, 1, 2, 5, 10, 20, 50]);
  expect(logarithmic.place(5)).toBeCloseTo(50, 9);
  expect(formatTick(10_000)).toBe("10,000");
});
