import { errorCode, errorMessage, type FailureReason, InstallerError } from "../errors.ts";
import { CommandError } from "./command.ts";
import { fullFileSystems } from "./full-file-systems.ts";

/** What of the machine, and not of the step, makes a step fail. */
type MachineFault = "full" | "failing" | "read-only" | "damaged" | "memory";

/** What system calls give, and programs print, by what it comes from. */
const faults: readonly (readonly [MachineFault, ReadonlySet<string>, RegExp])[] = [
  ["full", new Set(["ENOSPC", "EDQUOT"]), /No space left on device|Disk quota exceeded|\bENOSPC\b/],
  ["failing", new Set(["EIO", "ENXIO"]), /Input\/output error|\bEIO\b/],
  ["read-only", new Set(["EROFS"]), /Read-only file system|\bEROFS\b/],
  [
    "damaged",
    new Set(["EBADMSG", "EUCLEAN"]),
    /Structure needs cleaning|Bad message|\bEBADMSG\b|\bEUCLEAN\b/,
  ],
  [
    "memory",
    new Set(["ENOMEM"]),
    /Cannot allocate memory|Out of memory|\bENOMEM\b|std::bad_alloc|MemoryError|\bKilled$/im,
  ],
];

const again = "then run the same command again";

/** The program that failed, if it was one. */
function commandOf(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error;
  return error instanceof Error ? commandOf(error.cause) : undefined;
}

/** Of what kind an error is that a program has printed, or that ended it. */
function faultOfCommand({ output, message }: CommandError): MachineFault | undefined {
  // Not what the installer itself has killed for being too slow.
  if (message.endsWith("was ended by SIGKILL")) return "memory";
  return faults.find(([, , words]) => words.test(output))?.[0];
}

/** Of what kind a system call's error is. */
function faultOfCall(error: unknown): MachineFault | undefined {
  if (error instanceof InstallerError && error.reason !== "bug") return undefined;
  const code = errorCode(error);
  return code === undefined ? undefined : faults.find(([, codes]) => codes.has(code))?.[0];
}

/** What the user is told of a fault. */
interface Explanation {
  readonly problem: string;
  /** A sentence. */
  readonly hint: string;
}

/** What the user is told of a fault: what is wrong, and what to do. */
function explain(fault: MachineFault): Explanation | undefined {
  switch (fault) {
    case "full": {
      // There may be none: the firmware's variables, for one, have no room that could be asked for.
      const full = fullFileSystems();
      if (full.length === 0) return undefined;
      return {
        problem: `there is no room on ${full.join(" and ")}`,
        hint: `Make it larger, or make room on it; ${again}.`,
      };
    }
    case "failing":
      return {
        problem: "a disk fails",
        hint: `Look at the kernel's log (dmesg); mend or replace the disk, ${again}.`,
      };
    case "read-only":
      return {
        problem: "a file system is read-only, which the kernel makes it after errors of the disk",
        hint: `Look at the kernel's log (dmesg); mend or replace the disk, ${again}.`,
      };
    case "damaged":
      return {
        problem: "the file system is damaged, as errors of the disk may have left it",
        hint: "Begin anew with --reinstall, which makes it new under the rules of the first time.",
      };
    case "memory":
      return {
        problem: "the machine seems to have run out of memory",
        hint: `Look at the kernel's log (dmesg); end other programs, or switch on more swap, ${again}.`,
      };
  }
  return undefined;
}

/**
 * Makes an error of a step that a full or failing disk, or want of memory, has caused the user's: in words, and with what
 * to do. Any other error comes back as it is, as does one that says so itself.
 *
 * @param reason That of the step; a disk's fault has the reason `disk` whatever the step does.
 */
export function machineFailure(error: unknown, reason: FailureReason): unknown {
  const command = commandOf(error);
  const fault = command === undefined ? faultOfCall(error) : faultOfCommand(command);
  const told = fault && explain(fault);
  if (told === undefined) return error;
  const { problem, hint } = told;
  const object = error instanceof InstallerError ? error.object : undefined;
  return new InstallerError(
    fault === "memory" ? reason : "disk",
    `${errorMessage(error)}: ${problem}`,
    { cause: error, hint, ...(object === undefined ? {} : { object }) },
  );
}
