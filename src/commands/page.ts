import type { Page } from "../plan/text/layout.ts";
import { painter } from "../run/terminal/style.ts";
import { openTerminal } from "../run/terminal/terminal.ts";

/** The columns between which a plan is readable: its disks stand side by side, but not in the short form. */
const columns = { least: { long: 60, short: 30 }, most: 160 } as const;

/** How standard output (1) or standard error (2) shows a plan, in the long or the short form. */
export function pageOf(descriptor: 1 | 2, form: keyof typeof columns.least = "long"): Page {
  const terminal = openTerminal(descriptor);
  return {
    columns: Math.min(Math.max(terminal.columns(), columns.least[form]), columns.most),
    unicode: terminal.unicode,
    paint: painter(terminal.colour),
  };
}
