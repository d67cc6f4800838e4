import { InstallerError } from "../errors.ts";
import { type CommandResult, searchPath } from "../run/command.ts";
import type { StepContext } from "../run/step.ts";

/** The command line that runs a program of the target inside it: `chroot ROOT PROGRAM ARGUMENT…`. */
export function chrootCommand(root: string, argv: readonly string[]): string[] {
  return ["chroot", root, ...argv];
}

/**
 * The whole environment of programs in the target. Nothing of the live system's gets in: its `TMPDIR`, `LANG` and
 * `LD_*` name things that the target does not have.
 */
function targetEnvironment(toplevel: string): Record<string, string> {
  return {
    PATH: `${toplevel}/sw/bin`,
    HOME: "/root",
    LOCALE_ARCHIVE: `${toplevel}/sw/lib/locale/locale-archive`,
  };
}

/** What is run in the target. */
export interface ChrootCommand {
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system whose programs are in `PATH`. */
  readonly toplevel: string;
  /** The program, an absolute path inside the target, and its arguments. */
  readonly argv: readonly string[];
  /** Variables beyond {@link targetEnvironment}. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a program of the target inside it, with chroot(8) of the live system: the process namespace stays that of the
 * live system, as programs of systemd take one of their own for a container and leave the firmware's variables alone.
 *
 * @returns What it printed, standard output and error in one, in `stdout`.
 * @throws {CommandError} "system", when it fails.
 * @throws {InstallerError} "system", when the live system has no chroot.
 */
export async function runInChroot(
  context: StepContext,
  { root, toplevel, argv, environment }: ChrootCommand,
): Promise<CommandResult> {
  // chroot itself must be found by its full path: PATH is already the target's.
  const chroot = Bun.which("chroot", { PATH: searchPath().join(":") });
  if (chroot === null) {
    throw new InstallerError("system", "the live system has no chroot program", {
      hint: "Install coreutils or BusyBox on the live system.",
    });
  }
  const [, ...rest] = chrootCommand(root, argv);
  // Scripts of NixOS take the umask of nixos-install for granted.
  const umask = process.umask(0o022);
  try {
    return await context.exec([chroot, ...rest], {
      environment: { ...targetEnvironment(toplevel), ...environment },
      mergeOutput: true,
      reason: "system",
      object: toplevel,
    });
  } finally {
    process.umask(umask);
  }
}
