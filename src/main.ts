import { defineCommand } from "citty";
import { version } from "../package.json";
import { checkCommand } from "./commands/check.ts";
import { factsCommand } from "./commands/facts.ts";
import { installCommand } from "./commands/install.ts";
import { planCommand } from "./commands/plan.ts";
import { pullCommand } from "./commands/pull.ts";
import type { Session } from "./commands/session.ts";
import { runStrict } from "./commands/strict.ts";
import { exitCodeOf } from "./errors.ts";
import { formatError } from "./run/format-error.ts";
import { openTerminal } from "./run/terminal/terminal.ts";

async function main(argv: readonly string[]): Promise<number> {
  const session: Session = {};
  const installer = defineCommand({
    meta: {
      name: "installer",
      version,
      description: "Put a prebuilt NixOS system on this machine",
    },
    default: "install",
    subCommands: {
      install: installCommand(session),
      plan: planCommand(session),
      pull: pullCommand(session),
      check: checkCommand(session),
      facts: factsCommand(),
    },
  });
  try {
    return await runStrict(installer, argv);
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
