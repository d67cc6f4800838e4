import { stat } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../src/run/command.ts";

/** The command that runs another, after it has noted in a file when. */
export function noting(file: string, argv: readonly string[]): readonly string[] {
  return ["sh", "-c", ': > "$0" && exec "$@"', file, ...argv];
}

/**
 * Seconds from a noted start to the making of the first file with contents in a target's store; none if there is none
 * that was made since.
 *
 * @param file That of {@link noting}.
 */
export async function firstByteSeconds(file: string, target: string): Promise<number | undefined> {
  const { birthtimeMs } = await stat(file);
  const started = birthtimeMs / 1000;
  const files = ["-type", "f", "-size", "+0", "-exec", "stat", "--format=%.9W", "{}", "+"];
  const { stdout } = await exec(["find", join(target, "nix/store"), ...files]);
  let first = Number.POSITIVE_INFINITY;
  for (const line of stdout.split("\n")) {
    const made = Number(line);
    if (made >= started && made < first) first = made;
  }
  return Number.isFinite(first) ? first - started : undefined;
}
