import { version } from "../../package.json";
import { errorMessage, exitCodeOf, exitCodes, InstallerError } from "../errors.ts";
import { formatError } from "../run/format-error.ts";
import { wrapLines } from "../run/terminal/fit.ts";
import { openTerminal } from "../run/terminal/terminal.ts";
import type { Session } from "./session.ts";

/** Milliseconds that a run has to close what it holds open after an error that nobody caught. */
const deadline = 60_000;

/** Why a command failed, in the lines that it tells. @param colour Whether the output understands ECMA-48. */
export function failureText(error: unknown, session: Session, colour: boolean): string {
  const { positions, log, step } = session;
  return formatError(error, {
    colour,
    version,
    ...(positions === undefined ? {} : { positions }),
    ...(log === undefined ? {} : { log }),
    ...(step === undefined ? {} : { step }),
  });
}

/** Tells on standard error why a command failed. @returns The exit code for it. */
export function reportFailure(error: unknown, session: Session): number {
  session.closeReporter?.();
  const terminal = openTerminal(2);
  const text = failureText(error, session, terminal.colour);
  terminal.write(`${terminal.isLive ? wrapLines(text, terminal.columns()) : text}\n`);
  return exitCodeOf(error);
}

/**
 * Takes care of an error that nobody caught, which is a bug: the first one breaks the run off, so that disks are closed
 * in order and the error is told like any other; where there is no run, or it does not come to its end, it is told and
 * the process ends.
 */
export function handleUncaught(error: unknown, session: Session): void {
  const { interruption } = session;
  // What a signal has broken off may be waited for by nobody.
  if (interruption?.signal.aborted === true && interruption.signal.reason === error) return;
  const bug = new InstallerError("bug", errorMessage(error), { cause: error });
  const end = () => {
    reportFailure(bug, session);
    process.exit(exitCodes.bug);
  };
  if (interruption === undefined || session.bug !== undefined) {
    end();
    return;
  }
  session.bug = bug;
  setTimeout(end, deadline).unref();
  interruption.abort(bug);
}
