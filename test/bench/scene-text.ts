import { type Goal, isReached, type Row, type SceneResult } from "./results.ts";

const headings = [
  "",
  "s (median)",
  "least–most",
  "CPU s",
  "peak MB",
  "requests",
  "MB",
  "first byte s",
  "installer to it",
];

/** A scene's figures as lines of text. */
export function sceneText({ title, conditions, rows, goals }: SceneResult): string {
  const cells = [headings, ...rows.map((row, index) => rowCells(row, oursBefore(rows, index)))];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  return [title, conditions, "", ...lines, "", ...goals.map(goalText), ""].join("\n");
}

/** The installer's row of the same condition: each condition's rows begin with it. */
function oursBefore(rows: readonly Row[], index: number): Row | undefined {
  return rows.slice(0, index).findLast(({ contender }) => contender === "installer");
}

function rowCells(row: Row, ours: Row | undefined): string[] {
  return [
    `${row.label} (${row.runs} runs)`,
    row.seconds.toFixed(2),
    `${row.leastSeconds.toFixed(2)}–${row.mostSeconds.toFixed(2)}`,
    row.cpu.toFixed(2),
    (row.peakMemory / 1e6).toFixed(0),
    row.requests.toFixed(0),
    (row.bytes / 1e6).toFixed(1),
    row.firstByte?.toFixed(2) ?? "",
    ours === undefined || row.contender === ours.contender
      ? ""
      : (ours.seconds / row.seconds).toFixed(2),
  ];
}

function goalText(goal: Goal): string {
  const { title, value, limit, unit } = goal;
  const show = (figure: number) =>
    unit === "ratio" ? figure.toFixed(2) : `${(figure / 1e6).toFixed(0)} MB`;
  return `${isReached(goal) ? "reached" : "MISSED "} ${title}: ${show(value)} (at most ${show(limit)})`;
}
