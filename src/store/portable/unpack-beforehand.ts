import { InstallerError } from "../../errors.ts";
import type { Memory } from "../../facts/facts.ts";
import { type CommandOptions, type CommandResult, exec, formatCommand } from "../../run/command.ts";
import { formatSize } from "../../values/size.ts";
import { keepLiveNix } from "./live-nix.ts";
import { portableStoreLocation, portableStoreNeed } from "./location.ts";
import { type PortableStoreStep, portableStoreStep } from "./step.ts";

/** What is needed to run programs before there is a plan. */
export interface BeforehandContext {
  readonly signal: AbortSignal;
  readonly log: (level: "debug" | "info" | "warning", message: string) => void;
}

/** Runs a command as steps do, with what it was in the log. */
export function execBeforehand(
  argv: readonly string[],
  options: CommandOptions,
  { signal, log }: BeforehandContext,
): Promise<CommandResult> {
  log("debug", `$ ${formatCommand(argv)}`);
  return exec(argv, { signal, ...options });
}

/**
 * Unpacks the portable store in memory before there is a plan, for what only its Nix can find out. It stays until the
 * step of the plan takes it over, or this process ends, and its mount namespace with it.
 *
 * @param tarballSize Bytes, where they are known.
 * @throws {InstallerError} `refused` with less memory than it needs, and as the step does.
 */
export async function unpackBeforehand(
  step: Pick<PortableStoreStep, "tarball" | "sha256" | "root" | "system">,
  memory: Memory,
  tarballSize: number | undefined,
  context: BeforehandContext,
): Promise<void> {
  if (portableStoreLocation(memory, tarballSize) !== "memory") throw tooLittle(memory, tarballSize);
  keepLiveNix();
  await portableStoreStep.run(
    { ...step, kind: "portable-store", id: "portable-store", location: "memory" },
    {
      ...context,
      exec: (argv, options = {}) =>
        execBeforehand(argv, { reason: "refused", ...options }, context),
      progress: () => {},
      profile: () => {},
      hold: () => {},
      secret: () => {
        throw new InstallerError("bug", "the portable store has no secret");
      },
    },
  );
}

function tooLittle({ available }: Memory, tarballSize: number | undefined): InstallerError {
  return new InstallerError(
    "refused",
    `the portable store needs ${formatSize(portableStoreNeed(tarballSize))} of memory, of which ${formatSize(available)} are available: its Nix must run before any disk is written, to read the substituters that only it can`,
    {
      object: "portable-store.tarball",
      hint: "Use a machine with more memory, or caches over http:// or https:// alone.",
    },
  );
}
