import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { calls, checkResult } from "../linux/libc.ts";

const fileName = "landfall.lock";

/** Where the lock may be, the first that is there: only root can write in them, and both are gone after a reboot. */
const directories = ["/run", "/dev"];

/** LOCK_EX and LOCK_NB of flock(2). */
const exclusive = 2;
const nonBlocking = 4;

/** Locks an open file. @returns Whether nobody else has. */
function tryLock(descriptor: number, path: string): boolean {
  try {
    checkResult(`flock ${path}`, calls.flock(descriptor, exclusive | nonBlocking));
    return true;
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return false;
    throw error;
  }
}

/** Whether an open file is the one that has its path still: whoever has held the lock removes it. */
function isStillThere(descriptor: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const own = fstatSync(descriptor);
  return there?.ino === own.ino && there.dev === own.dev;
}

/** The process that holds the lock, as it has written; it may be about to. */
function busyError(path: string): InstallerError {
  const holder = readFileSync(path, "utf8").trim();
  const who = holder === "" ? "" : ` (process ${holder})`;
  return new InstallerError("refused", `another installer is at work on this machine${who}`, {
    object: path,
    hint: "Wait until it has ended; Ctrl-C ends it so that the same command goes on later.",
  });
}

/** Opens and locks the file. @throws {InstallerError} `refused` while another process has it locked. */
function openLocked(path: string): number {
  for (;;) {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    const descriptor = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      if (!tryLock(descriptor, path)) throw busyError(path);
      if (isStillThere(descriptor, path)) return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(descriptor);
  }
}

/**
 * Makes sure that this is the only installer that works on the disks of this machine, until the process ends, however it
 * ends: the kernel lets go of the lock then (flock(2)). The file is removed at the end; one that a killed installer has
 * left is nobody's.
 *
 * @throws {InstallerError} `refused` while another one is at work, with its process id.
 */
export function lockMachine(): void {
  const directory = directories.find((each) => existsSync(each)) ?? "/";
  const path = join(directory, fileName);
  let descriptor: number;
  try {
    descriptor = openLocked(path);
  } catch (cause) {
    if (cause instanceof InstallerError && cause.reason === "refused") throw cause;
    throw new InstallerError("refused", `${path} cannot be locked: ${errorMessage(cause)}`, {
      cause,
      hint: `Make room in ${directory}, or look what is at ${path}.`,
    });
  }
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`);
  } catch {
    // It is locked all the same where there is no room to say by whom.
  }
  // Removed while it is locked still, so that nobody's else is.
  process.on("exit", () => rmSync(path, { force: true }));
}
