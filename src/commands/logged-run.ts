import { version } from "../../package.json";
import { addProfiles, type PullStepProfile } from "../cache/profile.ts";
import { exitCodeOf, InstallerError } from "../errors.ts";
import { logCommands } from "../run/command-log.ts";
import { formatEvent } from "../run/event-log.ts";
import type { RunEvent } from "../run/events.ts";
import { Holds } from "../run/holds.ts";
import { interruptionController } from "../run/interruption.ts";
import { RunLog } from "../run/log.ts";
import { peakMemory } from "../run/peak-memory.ts";
import { createReporter, type Reporter, type ReportFormat } from "../run/terminal/reporter.ts";
import { isOneOutput, openTerminal } from "../run/terminal/terminal.ts";
import { reportFailure } from "./report-failure.ts";
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
  /** Where its steps note what they hold open. */
  readonly holds: Holds;
  /** Shows an event and keeps it in the log; progress is only shown. */
  readonly emit: (event: RunEvent) => void;
  /** Says that the run has ended well, and how long it took. */
  readonly finished: () => void;
}

/** What the user can do once signals have ended a run. */
export interface AfterInterruption {
  /** When everything was closed: a sentence. */
  readonly hint: string;
  /** When the second signal left something open: a sentence. */
  readonly closing: string;
}

/** What is told of a run that a second signal has ended before it had closed everything. */
function endedAtOnce(holds: Holds, after: AfterInterruption | undefined): InstallerError {
  const open = holds.lasting();
  const list = open.map((what) => `\n- ${what}`).join("");
  const message = `interrupted again: ended at once${list === "" ? "" : `; still open:${list}`}`;
  if (after === undefined) return new InstallerError("interrupted", message);
  const hint = list === "" ? after.hint : `${after.hint} ${after.closing}`;
  return new InstallerError("interrupted", message, { hint });
}

/** Shows a run on standard output; with events for programs there, people have standard error. */
function openReporter(format: ReportFormat): Reporter {
  if (format !== "json") {
    return createReporter({ terminal: openTerminal(1), format, errorFollows: isOneOutput() });
  }
  const events = createReporter({ terminal: openTerminal(1), format });
  const people = createReporter({ terminal: openTerminal(2), format: "auto", errorFollows: true });
  return {
    report: (event) => {
      events.report(event);
      people.report(event);
    },
    close: people.close,
  };
}

/** Keeps what a report of a failure needs: the step that is under way. */
function noteStep(session: Session, event: RunEvent): void {
  if (event.type === "step-started") session.step = `${event.title} (${event.id})`;
  if (event.type === "step-finished") delete session.step;
}

/**
 * Does a command's work with its events shown and kept in the log.
 *
 * @param command Its name.
 * @param after What the user can do once a signal has ended the run.
 * @throws whatever the work throws, after it has been told as an event.
 */
export async function withLoggedRun(
  command: string,
  options: RunArguments,
  session: Session,
  work: (run: LoggedRun) => Promise<void>,
  after?: AfterInterruption,
): Promise<void> {
  const started = performance.now();
  const log = new RunLog(options["log-file"]);
  using stack = new DisposableStack();
  stack.use(logCommands(log));
  session.log = log.path;
  const holds = new Holds();
  const controller = interruptionController({
    hint: after?.hint,
    onSecond: () => {
      const error = endedAtOnce(holds, after);
      emit({ type: "failed", error });
      result(error.exitCode);
      reportFailure(error, session);
    },
  });
  session.interruption = controller;
  const format = options["log-format"];
  const reporter = openReporter(format);
  session.closeReporter = reporter.close;
  let isComplete = true;
  const emit = (event: RunEvent) => {
    noteStep(session, event);
    const text = formatEvent(event);
    if (text !== undefined) log.write(text);
    // Programs get it in any case; they leave out what they do not want.
    if (event.type === "profile" && options.profile !== true && format !== "json") return;
    reporter.report(event);
    if (log.failure === undefined || !isComplete) return;
    isComplete = false;
    const lost = `the log ${log.path} cannot be written: ${log.failure}`;
    reporter.report({ type: "message", level: "warning", text: lost });
  };
  const result = (exitCode: number) => {
    const seconds = (performance.now() - started) / 1000;
    emit({ type: "result", exitCode, seconds, log: log.path });
  };
  try {
    emit({ type: "run", command, installer: version, log: log.path });
    await work({ log, signal: controller.signal, holds, emit, finished: () => result(0) });
  } catch (error) {
    emit({ type: "failed", error });
    result(exitCodeOf(error));
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
