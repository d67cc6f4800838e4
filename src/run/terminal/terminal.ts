import { fstatSync, readlinkSync } from "node:fs";
import { isatty } from "node:tty";
import { writeText } from "./write.ts";

/** A place where lines go, and what it can show. */
export interface Terminal {
  /** Writes all of a text before it returns; `false` once nobody reads any more. */
  readonly write: (text: string) => boolean;
  /** Whether lines can be drawn over again: a terminal that is neither dumb nor a serial line. */
  readonly isLive: boolean;
  /** Whether it is slow, and often recorded: a serial line, or a hypervisor's. */
  readonly isSerial: boolean;
  readonly colour: boolean;
  /** Whether it shows characters beyond ASCII. */
  readonly unicode: boolean;
  /** Its width now; it may change at any time. */
  readonly columns: () => number;
  /** Its height now; it may change at any time. */
  readonly rows: () => number;
  /** Calls back whenever the size has changed (SIGWINCH), until what it returns is called. */
  readonly onResize: (changed: () => void) => () => void;
}

/** Terminals whose other end is a serial line or a hypervisor's. */
const serialDevices =
  /^\/dev\/(?:console|tty(?:S|AMA|USB|ACM|mxc|PS|O|LP|SAC)\d+|hvc\d+|sclp_line\d*|ttysclp\d+|xvc\d+)$/;

/** Columns and rows of a terminal that does not tell its own, as a serial line does not. */
const defaultSize = { columns: 80, rows: 24 };

function deviceOf(descriptor: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

function sizeOf(descriptor: 1 | 2, side: keyof typeof defaultSize): number {
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return stream[side] > 0 ? stream[side] : defaultSize[side];
}

function onResize(changed: () => void): () => void {
  process.on("SIGWINCH", changed);
  return () => process.off("SIGWINCH", changed);
}

/** The part of the environment that tells about the terminal. */
export type TerminalEnvironment = Readonly<Partial<Record<string, string>>>;

/**
 * Finds out what standard output (1) or standard error (2) can show. `NO_COLOR` (https://no-color.org) and `TERM=dumb`
 * ask for plain lines.
 */
export function openTerminal(
  descriptor: 1 | 2,
  environment: TerminalEnvironment = process.env,
): Terminal {
  const noColour = (environment.NO_COLOR ?? "") !== "";
  const isDumb = (environment.TERM ?? "dumb") === "dumb" || environment.TERM === "";
  const isSerial = serialDevices.test(deviceOf(descriptor));
  const isLive = isatty(descriptor) && !noColour && !isDumb && !isSerial;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return {
    write: (text) => writeText(descriptor, text),
    isLive,
    isSerial,
    colour: isLive,
    // The Linux console has UTF-8 but few characters in its font; a vt220 is what serial lines call themselves.
    unicode: /utf-?8/i.test(locale) && !/^(?:linux|vt\d+)/.test(environment.TERM ?? ""),
    columns: () => sizeOf(descriptor, "columns"),
    rows: () => sizeOf(descriptor, "rows"),
    onResize,
  };
}

/** Whether standard output and standard error are the same terminal, pipe or file. */
export function isOneOutput(): boolean {
  try {
    const [out, error] = [fstatSync(1), fstatSync(2)];
    return out.dev === error.dev && out.ino === error.ino;
  } catch {
    return false;
  }
}
