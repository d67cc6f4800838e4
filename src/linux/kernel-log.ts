import { closeSync, constants, openSync, readSync } from "node:fs";
import { errorCode } from "../errors.ts";
import { calls } from "./libc.ts";

/** SEEK_END of lseek(2). */
const seekEnd = 2;

/** Bytes that a record may have at most: `PRINTKRB_RECORD_MAX` of the kernel's `kernel/printk/internal.h`. */
const recordMaximum = 8192;

/** The kernel's level of warnings; what is graver has a smaller number (syslog(2)). */
const warning = 4;

/** What the kernel says when a disk, a file system or the memory fails. */
const failure =
  /I\/O error|critical \S+ error|error \(device|aborted? ?journal|Aborting journal|Remounting filesystem read-only|rejecting I\/O|offline|failed to convert|(?:BTRFS|XFS|FAT-fs|bcachefs|F2FS-fs).*(?:error|corrupt|shutdown)|Out of memory|oom-kill|invoked oom-killer|md\/?\S*: .*fail|media error|\b(?:DRDY|UNC)\b|controller is down/i;

/** The text of a record of `/dev/kmsg` (Linux, `Documentation/ABI/testing/dev-kmsg`) that tells of a failure. */
function failureOf(record: string): string | undefined {
  const match = /^(?<priority>\d+),[^;]*;(?<text>[^\n]*)/.exec(record)?.groups;
  if (match === undefined) return undefined;
  const { priority = "", text = "" } = match;
  if (hasShrunk(text)) return text;
  return (Number(priority) & 7) <= warning && failure.test(text) ? text : undefined;
}

/** Whether a record is of a disk that has become smaller, or has gone; sectors. */
function hasShrunk(text: string): boolean {
  const match = /: detected capacity change from (?<before>\d+) to (?<now>\d+)/.exec(text)?.groups;
  return match !== undefined && Number(match.now) < Number(match.before);
}

/** What the kernel logs from the moment this is made; nothing where `/dev/kmsg` cannot be read. */
export class KernelLog implements Disposable {
  readonly #descriptor: number | undefined;

  constructor(path = "/dev/kmsg") {
    try {
      this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      calls.lseek(this.#descriptor, 0, seekEnd);
    } catch {
      // Kept from reading it (`kernel.dmesg_restrict` in a container), or there is none.
    }
  }

  /**
   * What the kernel has said since of failing disks, file systems and memory, and was not asked for before.
   *
   * @param maximum Lines at most: the first ones, which tell the cause. What differs by its numbers only is told once.
   */
  failures(maximum: number): readonly string[] {
    const found = new Map<string, string>();
    for (const record of this.#records()) {
      const text = failureOf(record);
      if (text === undefined) continue;
      const kind = text.replaceAll(/\d+/g, "0");
      if (!found.has(kind) && found.size < maximum) found.set(kind, text);
    }
    return [...found.values()];
  }

  *#records(): Generator<string> {
    if (this.#descriptor === undefined) return;
    const buffer = Buffer.alloc(recordMaximum);
    for (;;) {
      try {
        const length = readSync(this.#descriptor, buffer);
        if (length === 0) return;
        yield buffer.toString("utf8", 0, length);
      } catch (error) {
        // EPIPE: records were overwritten before they could be read; the next one is there.
        if (errorCode(error) !== "EPIPE") return;
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
