import { expect, test } from "bun:test";
import { reportMarkdown } from "../../bench/report.ts";
import { report } from "./report-fixture.ts";

const lines = reportMarkdown(report, [{ name: "chart.svg", title: "A chart", svg: "" }]).split(
  "\n",
);

test("says when, where and how it was measured", () => {
  expect(lines[0]).toBe(
    "Measured on 2026-11-22 at 23:15 UTC on 2 × Processor, 25 GB, Linux 6.18, with `npm run bench -- --write-docs`.",
  );
});

test("says which goals are reached and which are not", () => {
  expect(lines).toContain("| against newest Nix | 0.70 | 0.67 | reached |");
  expect(lines).toContain("| peak memory | 160 MB | 161 MB | **missed** |");
});

test("compares each contender with the installer under the same condition", () => {
  const name = "nix copy, Nix 2.34.8 (sid)";
  expect(lines).toContain(
    `| ${name} | 5 | 5.10 | 5.00 to 5.30 | 1.50 | 7.65 | 148 | 2001 | 554.0 |`,
  );
  expect(lines).toContain(
    `| ${name}, 10000 paths | 5 | 30.00 | 29.90 to 30.20 | 3.00 | 45.00 | 148 | 2001 | 554.0 |`,
  );
});

test("keeps the pipes of a command out of the table", () => {
  expect(lines.find((line) => line.includes("zstd"))).toBeDefined();
  expect(lines.find((line) => line.includes("curl"))).toStartWith("| curl \\| zstd \\| tar | 5 |");
});

test("shows the charts and a heading for each scene", () => {
  expect(lines).toContain("![A chart](chart.svg)");
  expect(lines.filter((line) => line.startsWith("### "))).toEqual([
    "### Zstd cache, loopback",
    "### 1,000 and 10,000 paths",
    "### Latencies",
  ]);
});
