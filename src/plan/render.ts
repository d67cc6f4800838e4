import { parseStorePath } from "../nix/store-path.ts";
import { printable } from "../run/terminal/printable.ts";
import type { PlanDocument } from "./document/schema.ts";
import { diskLines, diskTitle } from "./text/disks.ts";
import { type Page, table, wrap } from "./text/layout.ts";
import {
  bootLines,
  closureLines,
  findingLines,
  heading,
  identifierLines,
  inputLines,
  mountRows,
  toolLines,
} from "./text/sections.ts";
import { lostLines, madeLines } from "./text/short.ts";
import { stepLines } from "./text/steps.ts";

function section(title: string, lines: readonly string[], page: Page): string[] {
  return lines.length === 0 ? [] : [heading(title, page), ...lines, ""];
}

/** The plan with every foreign text in it, such as the label of a file system, made harmless for a terminal. */
function harmless(plan: PlanDocument): PlanDocument {
  return JSON.parse(JSON.stringify(plan), (_key, value: unknown) =>
    typeof value === "string" ? printable(value).replaceAll("\t", " ") : value,
  );
}

/** What an earlier run of the same manifest means to this one. */
const earlierRuns: Readonly<Record<PlanDocument["earlierRun"], string>> = {
  none: "",
  unfinished:
    "An earlier run was broken off before everything on the disks was made: that is made anew.",
  made: "An earlier run has made what is to be on the disks: that is kept. If it finished, nothing is done.",
};

function titleLines(plan: PlanDocument, page: Page): string[] {
  const earlier = earlierRuns[plan.earlierRun];
  return [
    heading(`Install ${parseStorePath(plan.toplevel).name}`, page),
    // The path stays in one piece, however long it is, so that it can be copied.
    `  ${plan.toplevel}`,
    ...(earlier === "" ? [] : wrap(earlier, page.columns - 2).map((line) => `  ${line}`)),
    "",
  ];
}

/** The short form: what is lost, and what is made. Pure. */
export function renderSummary(document: PlanDocument, page: Page): string {
  const plan = harmless(document);
  const lines = [
    ...titleLines(plan, page),
    ...section("What is made", madeLines(plan, page), page),
    ...section("System", closureLines(plan, page), page),
    ...section("What is lost", lostLines(plan, page), page),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** The plan for people: what is lost, what is made, and the exact commands. Pure. */
export function renderPlan(document: PlanDocument, page: Page): string {
  const plan = harmless(document);
  const { columns } = page;
  const touched = plan.disks.filter(({ after }) => after !== undefined);
  const untouched = plan.disks.filter(({ after }) => after === undefined);
  const lines = [
    ...titleLines(plan, page),
    ...section("Findings", findingLines(plan, page), page),
    ...section("What is lost", lostLines(plan, page), page),
    ...section("Disks", touched.flatMap((disk) => diskLines(disk, page)).slice(0, -1), page),
    ...section(
      "Disks that are not touched",
      untouched
        .flatMap((disk) => wrap(diskTitle(disk), columns - 2, "  ", "  "))
        .map((l) => `  ${l}`),
      page,
    ),
    ...section("Identifiers", identifierLines(plan, page), page),
    ...section("Mounts and swap", table(mountRows(plan), columns), page),
    ...section("System", closureLines(plan, page), page),
    ...section("Files and secrets", inputLines(plan, page), page),
    ...section("Programs", toolLines(plan, page), page),
    ...section("Boot", bootLines(plan, page), page),
    ...section("Steps", stepLines(plan, page), page),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
