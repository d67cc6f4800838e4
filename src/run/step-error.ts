import { errorMessage, type FailureReason, InstallerError } from "../errors.ts";

/** A step of the plan that failed, around the error that says why. */
export class StepError extends InstallerError {
  /** The step's identifier and title, as in the plan. */
  readonly step: { readonly id: string; readonly title: string };

  constructor(step: { id: string; title: string }, reason: FailureReason, cause: unknown) {
    const inner = cause instanceof InstallerError ? cause : undefined;
    super(reason, errorMessage(cause), {
      cause,
      ...(inner?.object === undefined ? {} : { object: inner.object }),
      ...(inner?.hint === undefined ? {} : { hint: inner.hint }),
      ...(inner?.position === undefined ? {} : { position: inner.position }),
    });
    this.name = "StepError";
    this.step = step;
  }
}
