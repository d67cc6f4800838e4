import type { ChartFile } from "./chart.ts";
import { type Goal, isReached, type Report, type Row, type SceneResult } from "./results.ts";

/** A column of a table: its heading, and whether it holds figures, which stand at the right. */
interface Column {
  readonly heading: string;
  readonly figures: boolean;
}

/**
 * A report as Markdown: where and how it was measured, the goals, the charts, and a table for each scene.
 *
 * @param charts Files beside the document.
 */
export function reportMarkdown(report: Report, charts: readonly ChartFile[]): string {
  const goals = report.scenes.flatMap((scene) => scene.goals);
  return [
    `Measured on ${report.date.slice(0, 10)} at ${report.date.slice(11, 16)} UTC on ${report.machine}, with \`${report.command}\`.`,
    ...(goals.length === 0 ? [] : [goalTable(goals)]),
    ...charts.map(({ name, title }) => `![${title}](${name})`),
    ...report.scenes.map(sceneMarkdown),
  ].join("\n\n");
}

/** Goals with what was found, and whether they are reached. */
function goalTable(goals: readonly Goal[]): string {
  const columns = [
    { heading: "what", figures: false },
    { heading: "at most", figures: true },
    { heading: "found", figures: true },
    { heading: "", figures: false },
  ];
  const rows = goals.map((goal) => [
    goal.title,
    formatFigure(goal.limit, goal.unit),
    formatFigure(goal.value, goal.unit),
    isReached(goal) ? "reached" : "**missed**",
  ]);
  return markdownTable(columns, rows);
}

/** A scene under a heading of its own. */
function sceneMarkdown(scene: SceneResult): string {
  const hasFirstByte = scene.rows.some(({ firstByte }) => firstByte !== undefined);
  const columns = [
    { heading: "", figures: false },
    { heading: "runs", figures: true },
    { heading: "seconds", figures: true },
    { heading: "least to most", figures: true },
    { heading: "to installer", figures: true },
    { heading: "CPU s", figures: true },
    { heading: "peak MB", figures: true },
    { heading: "requests", figures: true },
    { heading: "MB", figures: true },
    ...(hasFirstByte ? [{ heading: "first byte s", figures: true }] : []),
  ];
  const rows = scene.rows.map((row) => [
    row.label.replaceAll("|", "\\|"),
    String(row.runs),
    row.seconds.toFixed(2),
    `${row.leastSeconds.toFixed(2)} to ${row.mostSeconds.toFixed(2)}`,
    ratioToOurs(row, scene.rows),
    row.cpu.toFixed(2),
    (row.peakMemory / 1e6).toFixed(0),
    row.requests.toFixed(0),
    (row.bytes / 1e6).toFixed(1),
    ...(hasFirstByte ? [row.firstByte?.toFixed(2) ?? ""] : []),
  ]);
  return [
    `### ${capitalized(scene.title)}`,
    `${scene.conditions}.`,
    markdownTable(columns, rows),
  ].join("\n\n");
}

/**
 * How often the installer's time goes into another's, such as `1.42`; empty for the installer itself. Where a scene has
 * several conditions, its rows come in groups of equal order that each begin with the installer.
 */
function ratioToOurs(row: Row, rows: readonly Row[]): string {
  const before = rows.slice(0, rows.indexOf(row) + 1);
  const ours = before.findLast(({ contender }) => contender === "installer");
  if (ours === undefined || ours === row) return "";
  return (row.seconds / ours.seconds).toFixed(2);
}

function formatFigure(figure: number, unit: Goal["unit"]): string {
  return unit === "ratio" ? figure.toFixed(2) : `${(figure / 1e6).toFixed(0)} MB`;
}

function capitalized(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return [
    tableLine(columns.map(({ heading }) => heading)),
    `|${columns.map(({ figures }) => (figures ? "---:" : "---")).join("|")}|`,
    ...rows.map(tableLine),
  ].join("\n");
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
