import { errorMessage, InstallerError } from "../../errors.ts";
import { ManifestError } from "../../manifest-error.ts";
import { CommandError } from "../command.ts";
import type { RunEvent } from "../events.ts";

/** An error as data: what a script may want to know of it. */
function errorData(error: unknown): Record<string, unknown> {
  const message = errorMessage(error);
  if (!(error instanceof InstallerError)) return { message };
  const { name, reason, exitCode, object, hint, position } = error;
  return {
    name,
    message,
    reason,
    exitCode,
    object,
    hint,
    position,
    ...("step" in error ? { step: error.step } : {}),
    ...(error instanceof CommandError
      ? { argv: error.argv, status: error.status, signal: error.signal, output: error.output }
      : {}),
    ...(error instanceof ManifestError ? { problems: error.problems } : {}),
    ...(error.cause === undefined ? {} : { cause: errorData(error.cause) }),
  };
}

/**
 * An event as one line of JSON with its time, for `--log-format json`. Characters that a terminal acts on are escaped,
 * as JSON allows.
 */
export function formatJsonEvent(event: RunEvent, time: Date): string {
  const data = "error" in event ? { ...event, error: errorData(event.error) } : event;
  const text = JSON.stringify({ time: time.toISOString(), ...data });
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const digits = character.charCodeAt(index).toString(16).padStart(4, "0");
      return `\\u${digits}`;
    }).join(""),
  );
}
