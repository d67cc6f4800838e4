import { observeCommands } from "./command-observer.ts";
import type { RunLog } from "./log.ts";

/** Lines of a command's output that are kept of its beginning and of its end. */
const keptLines = 500;

let count = 0;

/** What is kept of an output; of a very long one the middle is left out. */
function kept(output: readonly string[]): readonly string[] {
  const left = output.length - 2 * keptLines;
  if (left <= 0) return output;
  return [
    ...output.slice(0, keptLines),
    `(${left} lines are left out here)`,
    ...output.slice(-keptLines),
  ];
}

/**
 * Writes every command to the log until what it returns is disposed: what is run, and once it has ended what it
 * printed, how it ended and how long it took. A number tells commands apart that run at the same time.
 */
export function logCommands(log: RunLog): Disposable {
  return observeCommands((command) => {
    const number = ++count;
    const started = performance.now();
    log.write(`#${number} $ ${command}`);
    return (how, output) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(3);
      const lines = kept(output).map((line) => `#${number} | ${line}`);
      log.write([...lines, `#${number} ${how} after ${seconds} s`].join("\n"));
    };
  });
}
