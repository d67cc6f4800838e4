import type { PullStepProfile } from "../cache/profile.ts";
import { errorMessage, type FailureReason, InstallerError } from "../errors.ts";
import { KernelLog } from "../linux/kernel-log.ts";
import type { SecretSource } from "../values/secret.ts";
import { exec } from "./command.ts";
import { logCommands } from "./command-log.ts";
import type { RunEvent } from "./events.ts";
import { machineFailure } from "./failure-cause.ts";
import { Holds } from "./holds.ts";
import type { RunLog } from "./log.ts";
import type { StepContext, StepData, StepDefinition } from "./step.ts";
import { StepError } from "./step-error.ts";

/** What {@link runSteps} needs. */
export interface RunOptions<Step extends StepData> {
  readonly steps: readonly Step[];
  readonly definitionOf: (step: Step) => StepDefinition<Step>;
  /** Aborting it interrupts the run; what it holds is released first. */
  readonly signal: AbortSignal;
  /** Gets every event, in order: the reporter. */
  readonly emit: (event: RunEvent) => void;
  readonly log: RunLog;
  /** Where the run notes what it holds open, for whoever has to end it at once. */
  readonly holds?: Holds;
  /** Gives the secrets that the steps use, all of them read before. Default: there are none. */
  readonly secret?: (source: SecretSource) => Uint8Array;
  /** Gets what the pull measured of itself. */
  readonly onProfile?: (profile: PullStepProfile) => void;
  /** Called after the last step, while everything is still mounted; what goes wrong there is only warned of. */
  readonly beforeRelease?: () => Promise<void>;
}

/**
 * Carries out the steps in order. It alone owns order, events, the log and clean-up: whatever the steps hold open is
 * released in reverse order when they are done, when one fails, and when the run is interrupted.
 *
 * @throws {StepError} around the error of the step that failed; an interrupted step has the reason `interrupted`.
 */
export async function runSteps<Step extends StepData>(options: RunOptions<Step>): Promise<void> {
  const { emit, log, steps, definitionOf } = options;
  using stack = new DisposableStack();
  stack.use(logCommands(log));
  emit({
    type: "plan",
    steps: steps.map((step) => ({ id: step.id, title: definitionOf(step).describe(step) })),
  });
  using kernelLog = new KernelLog();
  const run = new Run(options, kernelLog);
  const failure = await rejectionOf(run.steps());
  if (failure === undefined && options.beforeRelease !== undefined) {
    const error = await rejectionOf(options.beforeRelease());
    if (error !== undefined) emit({ type: "message", level: "warning", text: errorMessage(error) });
  }
  const releaseFailure = await rejectionOf(
    run.holds.releaseAll((what) => log.write(`close ${what}`)),
  );
  const errors = [failure, releaseFailure].filter((error) => error !== undefined);
  if (errors.length > 1) {
    throw new AggregateError(errors, "the run failed, and so did its clean-up");
  }
  if (errors.length > 0) throw errors[0];
}

/** Failures of which the kernel may know the cause. */
const concernsMachine: ReadonlySet<FailureReason> = new Set(["disk", "system", "bug"]);

/** Lines of the kernel that are told of a failure. */
const kernelLines = 4;

/** A run under way. */
class Run<Step extends StepData> {
  readonly holds: Holds;
  readonly #options: RunOptions<Step>;
  readonly #kernelLog: KernelLog;
  #diskWritten = false;

  constructor(options: RunOptions<Step>, kernelLog: KernelLog) {
    this.#options = options;
    this.#kernelLog = kernelLog;
    this.holds = options.holds ?? new Holds();
  }

  async steps(): Promise<void> {
    for (const [index, step] of this.#options.steps.entries()) await this.#step(step, index);
  }

  async #step(step: Step, index: number): Promise<void> {
    const { steps, signal, emit } = this.#options;
    const definition = this.#options.definitionOf(step);
    const title = definition.describe(step);
    const started = performance.now();
    emit({ type: "step-started", id: step.id, title, index: index + 1, total: steps.length });
    try {
      signal.throwIfAborted();
      this.#diskWritten ||= definition.writesDisk ?? false;
      await definition.run(step, this.#context(step, definition));
    } catch (error) {
      const failure = signal.aborted
        ? new StepError({ id: step.id, title }, abortReason(signal), signal.reason)
        : this.#failure({ id: step.id, title }, error, definition);
      emit({ type: "step-failed", id: step.id, seconds: secondsSince(started), error: failure });
      throw failure;
    }
    emit({ type: "step-finished", id: step.id, seconds: secondsSince(started) });
  }

  /** The error of a step that failed by itself. What the kernel has to say of it is told first. */
  #failure(step: StepError["step"], error: unknown, definition: StepDefinition<Step>): StepError {
    const cause = machineFailure(error, definition.reason);
    const reason = this.#reason(cause, definition);
    const lines = concernsMachine.has(reason) ? this.#kernelLog.failures(kernelLines) : [];
    for (const line of lines) {
      this.#options.emit({ type: "message", level: "warning", text: `the kernel says: ${line}` });
    }
    const failure = new StepError(step, reason, cause);
    return lines.length === 0 ? failure : withDiskHint(failure);
  }

  #context(step: Step, definition: StepDefinition<Step>): StepContext {
    const { signal, emit, secret = noSecret, onProfile } = this.#options;
    const { reason } = definition;
    return {
      signal,
      exec: (argv, commandOptions) => exec(argv, { reason, signal, ...commandOptions }),
      progress: (progress) => emit({ type: "step-progress", id: step.id, progress }),
      profile: (profile) => onProfile?.(profile),
      log: (level, text) => emit({ type: "message", level, text }),
      hold: (what, release, life) => this.holds.add(what, release, life),
      secret,
    };
  }

  /** The reason of a step's failure. `refused` promises that no disk was touched, which holds only as long as none was. */
  #reason(error: unknown, definition: StepDefinition<Step>): FailureReason {
    const reason = error instanceof InstallerError ? error.reason : definition.reason;
    return reason === "refused" && this.#diskWritten ? "disk" : reason;
  }
}

/** Gives an error of a program, which may have nothing to say of the disk, what can be done about that. */
function withDiskHint(failure: StepError): StepError {
  const { step, reason, object, message, cause, hint } = failure;
  if (hint?.includes("dmesg") === true) return failure;
  const inner = new InstallerError(reason, message, {
    cause,
    ...(object === undefined ? {} : { object }),
    hint: "The kernel has met errors of a disk meanwhile: if it is one of these, mend or replace the disk, then run the same command again.",
  });
  return new StepError(step, reason, inner);
}

/** Why a run was broken off: by a signal, or by an error that nobody foresaw. */
function abortReason({ reason }: AbortSignal): FailureReason {
  return reason instanceof InstallerError ? reason.reason : "bug";
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

function noSecret(): never {
  throw new InstallerError("bug", "a step asks for a secret that was not read");
}

/** What a promise is rejected with, if it is. */
function rejectionOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
