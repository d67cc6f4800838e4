import { closeSync, writeSync } from "node:fs";
import { InstallerError } from "../errors.ts";
import { withoutEcho } from "../linux/terminal-echo.ts";
import { openDialogue, readLine } from "./dialogue.ts";

/** How often a new secret is asked for until it is typed twice alike. */
const attempts = 3;

/** What {@link askSecret} needs. */
export interface Question {
  /** Shown before a colon. */
  readonly text: string;
  /** Whether nothing yet knows the secret, so that a slip must be found out by asking twice. */
  readonly isNew: boolean;
  /** The key of the manifest that asks, for errors. */
  readonly object: string;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** The error for a secret that nobody can be asked for. */
export function noTerminal({ text, object }: Pick<Question, "text" | "object">): InstallerError {
  return new InstallerError("refused", `there is no terminal to ask "${text}" on`, {
    object,
    finding: "preflight/secret-no-terminal",
    hint: "Run the installer in a terminal, or name a { file = … } instead.",
  });
}

/** @throws {InstallerError} `refused` without a terminal. */
function openTerminal(question: Question): number {
  const terminal = openDialogue();
  if (terminal !== undefined) return terminal;
  throw noTerminal(question);
}

async function prompt(terminal: number, text: string, signal: AbortSignal): Promise<Buffer> {
  writeSync(terminal, `${text}: `);
  try {
    return await readLine(terminal, signal);
  } finally {
    writeSync(terminal, "\n");
  }
}

async function askTwice(terminal: number, { text, object, signal }: Question): Promise<Buffer> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const first = await prompt(terminal, text, signal);
    const second = await prompt(terminal, `${text} (again)`, signal);
    const alike = first.equals(second);
    second.fill(0);
    if (alike) return first;
    first.fill(0);
    writeSync(terminal, "These are not the same.\n");
  }
  throw new InstallerError("refused", `"${text}" was not typed twice alike`, { object });
}

/**
 * Asks for a secret on the terminal, which shows nothing of what is typed.
 *
 * @throws {InstallerError} `refused` without a terminal, or when a new secret is never typed twice alike.
 * @throws The signal's reason when it is aborted.
 */
export async function askSecret(question: Question): Promise<Buffer> {
  using stack = new DisposableStack();
  const terminal = openTerminal(question);
  stack.defer(() => closeSync(terminal));
  stack.use(withoutEcho(terminal));
  if (question.isNew) return await askTwice(terminal, question);
  return await prompt(terminal, question.text, question.signal);
}
