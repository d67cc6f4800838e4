import { addProfiles, type PullStepProfile } from "../cache/profile.ts";
import type { RunEvent } from "../run/events.ts";
import { interruptionSignal } from "../run/interruption.ts";
import { RunLog } from "../run/log.ts";
import { peakMemory } from "../run/peak-memory.ts";
import { formatJsonEvent } from "../run/terminal/json-event.ts";
import { createReporter, type ReportFormat } from "../run/terminal/reporter.ts";
import { openTerminal } from "../run/terminal/terminal.ts";
import type { Session } from "./session.ts";

/** The arguments of a command that runs steps: `runArguments` of arguments.ts. */
export interface RunArguments {
  readonly "log-format": ReportFormat;
  readonly "log-file"?: string | undefined;
  readonly profile?: boolean | undefined;
}

/** A run of steps as its command sees it. */
export interface LoggedRun {
  readonly log: RunLog;
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Shows an event and keeps it in the log; progress is only shown. */
  readonly emit: (event: RunEvent) => void;
  /** Says that the run has ended well, and how long it took. */
  readonly finished: () => void;
}

/**
 * Does a command's work with its events shown and kept in the log.
 *
 * @param interruptedHint What the user can do once a signal has ended the run.
 * @throws whatever the work throws, after it has been told as an event.
 */
export async function withLoggedRun(
  options: RunArguments,
  session: Session,
  work: (run: LoggedRun) => Promise<void>,
  interruptedHint?: string,
): Promise<void> {
  const started = performance.now();
  const log = new RunLog(options["log-file"]);
  session.log = log.path;
  const signal = interruptionSignal(interruptedHint);
  const reporter = createReporter({ terminal: openTerminal(1), format: options["log-format"] });
  // Programs get it in any case.
  const showsProfile = options.profile === true || options["log-format"] === "json";
  const emit = (event: RunEvent) => {
    if (event.type !== "profile" || showsProfile) reporter.report(event);
    if (event.type !== "progress") log.write(formatJsonEvent(event, new Date()));
  };
  const finished = () => {
    const seconds = (performance.now() - started) / 1000;
    emit({ type: "finished", seconds, log: log.path });
  };
  try {
    await work({ log, signal, emit, finished });
  } catch (error) {
    emit({ type: "failed", error });
    throw error;
  } finally {
    reporter.close();
  }
}

/**
 * Makes events of what pulls measured: each tells of all pulls of the run so far.
 *
 * @param walk Seconds that the caches were asked for the closure before.
 */
export function profileTeller(
  walk: number,
  emit: (event: RunEvent) => void,
): (profile: PullStepProfile) => void {
  let all: PullStepProfile | undefined;
  return (profile) => {
    all = all === undefined ? profile : addProfiles(all, profile);
    emit({ type: "profile", profile: { walk, ...all, peakMemory: peakMemory() } });
  };
}
