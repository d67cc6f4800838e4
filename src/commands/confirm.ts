import { closeSync } from "node:fs";
import { isatty } from "node:tty";
import { InstallerError } from "../errors.ts";
import { dropTypedAhead } from "../linux/terminal-input.ts";
import type { PlanDocument } from "../plan/document/schema.ts";
import { renderSummary } from "../plan/render.ts";
import { disksThatLose } from "../plan/text/short.ts";
import { wrapText } from "../run/terminal/fit.ts";
import { writeText } from "../run/terminal/write.ts";
import { openDialogue, readTyped } from "../secrets/dialogue.ts";
import type { LoggedRun } from "./logged-run.ts";
import { pageOf } from "./page.ts";

/**
 * The terminal of a person who watches this run: there is none when neither what is said nor what goes wrong comes out
 * on one, as under a service manager or in a pipeline of a script.
 */
function openWatchedTerminal(): number | undefined {
  return isatty(1) || isatty(2) ? openDialogue() : undefined;
}

/** @throws {InstallerError} `refused` unless somebody types "yes". */
async function ask(terminal: number, question: string, signal: AbortSignal): Promise<void> {
  // What was typed before was meant for something else.
  dropTypedAhead(terminal);
  writeText(terminal, question);
  let typed = "";
  try {
    typed = (await readTyped(terminal, signal)).toString();
  } finally {
    // What follows begins a line of its own, also after Ctrl-C and Ctrl-D.
    if (!typed.endsWith("\n")) writeText(terminal, "\n");
  }
  if (typed.trim().toLowerCase() === "yes") return;
  throw new InstallerError("refused", "not confirmed: nothing was changed", {
    hint: 'Run the same command again and type "yes", or give it --yes.',
  });
}

/**
 * On a terminal shows the short form of a plan and, where data would be lost, asks whether it may be. Without one, the
 * manifest's `wipe = true` and `format = true` are the consent.
 *
 * @param isAgreed Whether nothing is to be asked: `--yes`.
 * @throws {InstallerError} `refused` when the answer is no, or there is none.
 * @throws The signal's reason when it is aborted.
 */
export async function confirmLoss(
  plan: PlanDocument,
  isAgreed: boolean,
  { signal, emit }: Pick<LoggedRun, "signal" | "emit">,
): Promise<void> {
  using stack = new DisposableStack();
  const terminal = openWatchedTerminal();
  if (terminal === undefined) return;
  stack.defer(() => closeSync(terminal));
  const page = pageOf(isatty(1) ? 1 : 2, "short");
  const disks = disksThatLose(plan);
  writeText(terminal, `\n${renderSummary(plan, page)}\n`);
  if (isAgreed || disks.length === 0) return;
  const paths = disks.map(({ path }) => path).join(", ");
  const question = `Type "yes" to destroy what is on ${paths} and install: `;
  await ask(terminal, wrapText(question, { columns: page.columns }), signal);
  const text = `confirmed on the terminal: what the plan says of ${paths} may be lost`;
  emit({ type: "message", level: "info", text });
}
