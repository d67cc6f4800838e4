import { InstallerError } from "../errors.ts";
import type { FindingId } from "./catalogue.ts";
import type { Finding } from "./finding.ts";
import { makeFinding } from "./make-finding.ts";

/** The text of a finding in one piece: `disk.main: /dev/vda is not empty`, and further lines. */
export function findingText({ object, message }: Finding): string {
  return `${object}: ${message}`;
}

/** An install that is refused before anything is written, with everything that speaks against it. Exit reason `refused`. */
export class RefusalError extends InstallerError {
  /** The errors, at least one, and after them the warnings that were found beside them. */
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const errors = findings.filter(({ severity }) => severity === "error");
    const [first] = errors;
    super("refused", errors.map(findingText).join("\n"), {
      ...(first === undefined ? {} : { object: first.object }),
      ...(errors.length === 1 && first?.hint !== undefined ? { hint: first.hint } : {}),
    });
    this.name = "RefusalError";
    this.findings = [...errors, ...findings.filter(({ severity }) => severity === "warning")];
  }
}

/** One error for everything that speaks against an install; `undefined` when no finding is an error. */
export function refusalError(findings: readonly Finding[]): RefusalError | undefined {
  return findings.some(({ severity }) => severity === "error")
    ? new RefusalError(findings)
    : undefined;
}

/** Throws {@link RefusalError} when a finding is an error. */
export function refuseErrors(findings: readonly Finding[]): void {
  const error = refusalError(findings);
  if (error !== undefined) throw error;
}

/**
 * What an error that was thrown while something was planned tells, as findings.
 *
 * @param id The kind of what has none of its own.
 * @throws the error itself when it is no refusal.
 */
export function findingsOf(error: unknown, id: FindingId): readonly Finding[] {
  if (error instanceof RefusalError) return error.findings;
  if (!(error instanceof InstallerError) || error.reason !== "refused") throw error;
  const { object = "", message, hint, finding = id } = error;
  return [makeFinding(finding, object, message.replace(`${object}: `, ""), hint)];
}
