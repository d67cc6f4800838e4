import { expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { KernelLog } from "../../../src/linux/kernel-log.ts";

/** The level of errors (syslog(2)), of a facility of programs. */
const error = "<11>";

function say(text: string): void {
  appendFileSync("/dev/kmsg", `${error}${text}\n`);
}

/** What was told of the devices of this test: others may fail meanwhile. */
function ofTest(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.includes("landfall-test"));
}

test("what the kernel says of failing disks is told, of what was said from then on", () => {
  say("I/O error, dev landfall-test-before, sector 1");
  using log = new KernelLog();
  say("landfall-test: a word of something else");
  say("I/O error, dev landfall-test, sector 2048 op 0x1:(WRITE)");
  say("I/O error, dev landfall-test, sector 4096 op 0x1:(WRITE)");
  say("EXT4-fs error (device landfall-test): ext4_journal_check_start: Detected aborted journal");
  expect(ofTest(log.failures(100))).toEqual([
    "I/O error, dev landfall-test, sector 2048 op 0x1:(WRITE)",
    "EXT4-fs error (device landfall-test): ext4_journal_check_start: Detected aborted journal",
  ]);
  expect(ofTest(log.failures(100))).toEqual([]);
});

test("a disk that becomes smaller is told of, one that is new is not", () => {
  using log = new KernelLog();
  say("landfall-test: detected capacity change from 0 to 2048");
  say("landfall-test: detected capacity change from 2048 to 0");
  expect(ofTest(log.failures(100))).toEqual([
    "landfall-test: detected capacity change from 2048 to 0",
  ]);
});

test("without a log of the kernel nothing is told", () => {
  using log = new KernelLog("/nowhere/kmsg");
  expect(log.failures(4)).toEqual([]);
});
