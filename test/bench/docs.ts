import { join } from "node:path";
import { exec } from "../../src/run/command.ts";
import { writeCharts } from "./chart.ts";
import { checkout } from "./places.ts";
import { reportMarkdown } from "./report.ts";
import type { Report } from "./results.ts";

const folder = join(checkout, "docs");

/** What the figures stand between. */
const begin = "<!-- Figures of `npm run bench -- --write-docs`: do not edit. -->";
const end = "<!-- End of the figures. -->";

/**
 * Puts a run's figures into docs/performance.md, in place of those of an earlier one, and its charts beside it.
 *
 * @throws Error if the document has no place for them.
 */
export async function writeDocs(report: Report): Promise<void> {
  const document = join(folder, "performance.md");
  const file = Bun.file(document);
  const text = await file.text();
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${document} has no place for figures`);
  const figures = reportMarkdown(report, await writeCharts(report, folder));
  const parts = [text.slice(0, start + begin.length), figures, text.slice(stop)];
  await Bun.write(file, parts.join("\n\n"));
  // As `npm run check` wants it, with columns of equal width.
  await exec([join(checkout, "node_modules/.bin/biome"), "format", "--write", document]);
}
