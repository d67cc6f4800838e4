import { join } from "node:path";
import { outcomeOf } from "../../../support/process.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import type { BootstrapReport, BootstrapRequest } from "./bootstrap-program.ts";

/** What may differ from an ordinary run. */
export interface RunOptions {
  /** What comes in on standard input. Default: nothing, from /dev/null. */
  readonly input?: Bun.BunFile | Uint8Array;
  /** Shell commands that prepare the live system, in a mount namespace that ends with the run. */
  readonly prepare?: string;
  /** What runs the program: `sh` words. Default: Bun, with the program's source. */
  readonly program?: string;
}

/**
 * Runs {@link ./bootstrap-program.ts} in a mount namespace that stands for the live system, and makes sure that its
 * mounts, `/` and `/nix` are afterwards what they were before.
 */
export async function runProgram(
  request: BootstrapRequest,
  options: RunOptions = {},
): Promise<BootstrapReport> {
  await using scratch = await scratchDirectory("bootstrap");
  const program = join(import.meta.dir, "bootstrap-program.ts");
  const script = `
    ${options.prepare ?? ""}
    seen() { cat /proc/self/mountinfo; find / -xdev -maxdepth 1 -printf '%p %y %m\\n'; [ ! -e /nix ] || find /nix; }
    seen >"$1/before"
    ${options.program ?? `"${process.execPath}" "${program}"`} "$2"
    seen >"$1/after"
    diff "$1/before" "$1/after" >&2
  `;
  const argv = ["unshare", "--mount", "sh", "-euc", script, "sh"];
  const child = Bun.spawn([...argv, scratch.path, JSON.stringify(request)], {
    stdin: options.input ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const { stdout, stderr, exitCode } = await outcomeOf(child);
  if (exitCode !== 0 || stderr !== "") {
    throw new Error(`the program ended with ${exitCode}:\n${stderr}${stdout.slice(0, 2000)}`);
  }
  return JSON.parse(stdout) as BootstrapReport;
}
