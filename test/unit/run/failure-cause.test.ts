import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import { exec } from "../../../src/run/command.ts";
import { machineFailure } from "../../../src/run/failure-cause.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(30_000);

/** What a failed script is made of, in a step with the reason `system`. */
async function failureOf(script: string, timeoutSeconds = 20): Promise<InstallerError> {
  const error = await rejection(exec(["sh", "-c", script], { reason: "system", timeoutSeconds }));
  const failure = machineFailure(error, "system");
  if (!(failure instanceof InstallerError)) throw failure;
  return failure;
}

/** The error of a system call. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("it went well");
}

test("a program that says that a disk fails has failed for the disk", async () => {
  const { reason, message, hint } = await failureOf("echo 'mkfs: Input/output error' >&2; exit 1");
  expect(reason).toBe("disk");
  expect(message).toBe("sh ended with exit status 1: a disk fails");
  expect(hint).toContain("dmesg");
});

test("a program that finds a file system damaged is not told to have another disk", async () => {
  const { reason, hint } = await failureOf("echo 'cat: x: Structure needs cleaning' >&2; exit 1");
  expect(reason).toBe("disk");
  expect(hint).toContain("--reinstall");
});

test("a program that is killed is taken for one that the kernel has killed for memory", async () => {
  const { reason, message } = await failureOf("kill -9 $$");
  expect(reason).toBe("system");
  expect(message).toContain("was ended by SIGKILL: the machine seems to have run out of memory");
});

test("a program that was too slow is not taken for one", async () => {
  expect((await failureOf("sleep 10", 0.05)).message).not.toContain("memory");
});

test("any other failure of a program is left as it is", async () => {
  const { reason, message } = await failureOf("echo 'no such file' >&2; exit 3");
  expect({ reason, message }).toEqual({ reason: "system", message: "sh ended with exit status 3" });
});

test("of a file system that is full, it is said which one, and how full it is", async () => {
  await using scratch = await scratchDirectory("full");
  await exec(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", scratch.path]);
  try {
    const file = join(scratch.path, "file");
    const { reason, message } = await failureOf(`cat /dev/zero > ${file}`);
    expect(reason).toBe("disk");
    expect(message).toContain(`${scratch.path} (tmpfs), with 0 B of 2 MiB free`);
    const failure = machineFailure(
      errorOf(() => writeFileSync(`${file}.2`, "more")),
      "system",
    );
    expect(failure).toMatchObject({ reason: "disk" });
  } finally {
    await exec(["umount", scratch.path]);
  }
});

test("a failed system call of a disk is no bug; any other stays what it is", () => {
  // A page that no process has mapped cannot be read there.
  const failed = errorOf(() => readFileSync("/proc/self/mem"));
  expect(machineFailure(failed, "system")).toMatchObject({
    name: "InstallerError",
    reason: "disk",
  });
  const missing = errorOf(() => readFileSync("/nowhere"));
  expect(machineFailure(missing, "system")).toBe(missing);
});
