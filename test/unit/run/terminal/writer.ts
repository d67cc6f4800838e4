import { constants, openSync } from "node:fs";
import { openTerminal } from "../../../../src/run/terminal/terminal.ts";
import { writeText } from "../../../../src/run/terminal/write.ts";

/** A program for the tests: writes 4 MiB to standard output and exits at once, or tells what its terminal is. */

const mode = process.argv[2];

if (mode === "terminal") {
  const { isLive, colour, unicode, columns, write } = openTerminal(1);
  write(JSON.stringify({ isLive, colour, unicode, columns: columns() }));
} else {
  const { O_WRONLY, O_NONBLOCK } = constants;
  const descriptor = mode === "blocking" ? 1 : openSync("/dev/stdout", O_WRONLY | O_NONBLOCK);
  const isRead = writeText(descriptor, "0123456789abcde\n".repeat(2 ** 18));
  if (!isRead) writeText(2, "nobody reads\n");
  process.exit(0);
}
