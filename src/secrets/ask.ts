import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { errorCode, InstallerError } from "../errors.ts";
import { pollUntil } from "../facts/poll.ts";
import { withoutEcho } from "../linux/terminal-echo.ts";

/** The longest line that the kernel's terminals take (termios(3), canonical mode). */
const longestLine = 4096;

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

/** Opens the terminal: the controlling one, or standard input on consoles that control nothing. */
function openTerminal({ text, object }: Question): number {
  // Reading must not block, so that an interruption ends the wait.
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  for (const path of ["/dev/tty", ...(isatty(0) ? ["/proc/self/fd/0"] : [])]) {
    try {
      return openSync(path, flags);
    } catch (error) {
      if (!["ENXIO", "ENOENT", "EIO"].includes(errorCode(error) ?? "")) throw error;
    }
  }
  throw new InstallerError("refused", `there is no terminal to ask "${text}" on`, {
    object,
    hint: "Run the installer in a terminal, or name a { file = … } instead.",
  });
}

/** Reads what there is, or gives `undefined` where nobody has pressed Enter yet. */
function tryRead(terminal: number, line: Buffer): number | undefined {
  try {
    return readSync(terminal, line);
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return undefined;
    // The terminal has hung up.
    if (errorCode(error) === "EIO") return 0;
    throw error;
  }
}

/** Reads one line without its line break. */
async function readLine(terminal: number, signal: AbortSignal): Promise<Buffer> {
  const line = Buffer.alloc(longestLine);
  try {
    let length: number | undefined;
    await pollUntil(
      Infinity,
      () => {
        length = tryRead(terminal, line);
        return length !== undefined;
      },
      signal,
    );
    const text = line.subarray(0, length);
    return Buffer.from(text.at(-1) === 0x0a ? text.subarray(0, -1) : text);
  } finally {
    line.fill(0);
  }
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
