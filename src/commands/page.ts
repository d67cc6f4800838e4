import type { Page } from "../plan/text/layout.ts";
import { painter } from "../run/terminal/style.ts";
import { openTerminal } from "../run/terminal/terminal.ts";

/** The columns between which a plan is readable. */
const columns = { least: 60, most: 160 } as const;

/** How standard output (1) or standard error (2) shows a plan. */
export function pageOf(descriptor: 1 | 2): Page {
  const terminal = openTerminal(descriptor);
  return {
    columns: Math.min(Math.max(terminal.columns(), columns.least), columns.most),
    unicode: terminal.unicode,
    paint: painter(terminal.colour),
  };
}
