import { type ConsolaInstance, createConsola, LogLevels } from "consola";
import type { Terminal } from "./terminal.ts";

/**
 * The logger that every line goes through. consola's own reporters print symbols and stacks whatever the terminal is,
 * so this one writes the line as it is given.
 */
export function createLogger(terminal: Terminal): ConsolaInstance {
  let isOpen = true;
  return createConsola({
    level: LogLevels.verbose,
    // By default consola drops lines that repeat.
    throttle: 0,
    reporters: [
      {
        log: ({ args }) => {
          // The run goes on when nobody reads any more: a closed pipe, a lost SSH session.
          if (isOpen) isOpen = terminal.write(`${args.map(String).join(" ")}\n`);
        },
      },
    ],
  });
}
