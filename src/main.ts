import { examples } from "./commands/examples.ts";
import { installerProgram } from "./commands/program.ts";
import { handleUncaught, reportFailure } from "./commands/report-failure.ts";
import type { Session } from "./commands/session.ts";
import { runStrict } from "./commands/strict.ts";
import { protectProcess } from "./linux/protect-process.ts";

async function main(argv: readonly string[]): Promise<number> {
  const session: Session = {};
  process.on("uncaughtException", (error) => handleUncaught(error, session));
  process.on("unhandledRejection", (reason) => handleUncaught(reason, session));
  try {
    const exitCode = await runStrict(installerProgram(session), argv, examples);
    // An error that nobody caught may come when all is done.
    return session.bug === undefined ? exitCode : reportFailure(session.bug, session);
  } catch (error) {
    return reportFailure(error, session);
  }
}

protectProcess();
process.exit(await main(process.argv.slice(2)));
