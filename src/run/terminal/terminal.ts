import { readlinkSync } from "node:fs";
import { isatty } from "node:tty";
import { writeText } from "./write.ts";

/** A place where lines go, and what it can show. */
export interface Terminal {
  /** Writes all of a text before it returns; `false` once nobody reads any more. */
  readonly write: (text: string) => boolean;
  /** Whether a line can be drawn over again: a terminal that is neither dumb nor a serial line. */
  readonly isLive: boolean;
  readonly colour: boolean;
  /** Whether it shows characters beyond ASCII. */
  readonly unicode: boolean;
  /** Its width now; it may change at any time. */
  readonly columns: () => number;
}

/** Terminals whose other end is a serial line or a hypervisor's: slow, and often recorded. */
const serialDevices =
  /^\/dev\/(?:console|tty(?:S|AMA|USB|ACM|mxc|PS|O|LP|SAC)\d+|hvc\d+|sclp_line\d*|ttysclp\d+|xvc\d+)$/;

/** Columns of a terminal that does not tell its own. */
const defaultColumns = 80;

function deviceOf(descriptor: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

function columnsOf(descriptor: 1 | 2): number {
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return stream.columns > 0 ? stream.columns : defaultColumns;
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
  const colour = isatty(descriptor) && !noColour && !isDumb;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return {
    write: (text) => writeText(descriptor, text),
    isLive: colour && !serialDevices.test(deviceOf(descriptor)),
    colour,
    // The Linux console has UTF-8 but few characters in its font; a vt220 is what serial lines call themselves.
    unicode: /utf-?8/i.test(locale) && !/^(?:linux|vt\d+)/.test(environment.TERM ?? ""),
    columns: () => columnsOf(descriptor),
  };
}
