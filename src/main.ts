import { examples } from "./commands/examples.ts";
import { installerProgram } from "./commands/program.ts";
import type { Session } from "./commands/session.ts";
import { runStrict } from "./commands/strict.ts";
import { exitCodeOf } from "./errors.ts";
import { formatError } from "./run/format-error.ts";
import { openTerminal } from "./run/terminal/terminal.ts";

async function main(argv: readonly string[]): Promise<number> {
  const session: Session = {};
  try {
    return await runStrict(installerProgram(session), argv, examples);
  } catch (error) {
    const terminal = openTerminal(2);
    const { positions, log } = session;
    const text = formatError(error, {
      colour: terminal.colour,
      ...(positions === undefined ? {} : { positions }),
    });
    terminal.write(`${text}\n${log === undefined ? "" : `  log       ${log}\n`}`);
    return exitCodeOf(error);
  }
}

process.exit(await main(process.argv.slice(2)));
