import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, exec, formatCommand } from "../../../src/run/command.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

async function failure(run: Promise<unknown>): Promise<CommandError> {
  const error = await rejection(run);
  if (!(error instanceof CommandError)) throw error;
  return error;
}

/** Whether a process ends within five seconds; one that nobody has waited for yet has ended too. */
async function hasEnded(processId: number): Promise<boolean> {
  const deadline = performance.now() + 5000;
  while (performance.now() < deadline) {
    const status = Bun.file(`/proc/${processId}/status`);
    const text = await status.text().catch(() => "State:\tX");
    if (/^State:\t[XZ]/m.test(text)) return true;
    await Bun.sleep(10);
  }
  return false;
}

test("gives what the command printed, byte for byte, and its exit code", async () => {
  const result = await exec(["sh", "-c", "printf 'out\\n'; printf 'err' >&2; exit 2"], {
    allowedExitCodes: [0, 2],
  });
  expect(result).toMatchObject({ exitCode: 2, stdout: "out\n", stderr: "err" });
});

test("hands standard input over as it is, and nothing where there is none", async () => {
  const bytes = Uint8Array.from([0, 10, 255]);
  expect((await exec(["od", "-An", "-tx1"], { input: bytes })).stdout).toBe(" 00 0a ff\n");
  expect((await exec(["cat"])).stdout).toBe("");
});

test("a command that fails tells its status and the last lines it printed", async () => {
  const script = "seq 100; echo broken >&2; exit 3";
  const error = await failure(
    exec(["sh", "-c", script], { reason: "system", object: "disk.main" }),
  );
  expect(error).toMatchObject({ status: 3, reason: "system", object: "disk.main" });
  expect(error.message).toBe("sh ended with exit status 3");
  expect(error.output.split("\n").slice(-2)).toEqual(["100", "broken"]);
  expect(error.output.split("\n").length).toBe(20);
});

test("a program that is missing is named", async () => {
  const error = await failure(exec(["no-such-program"]));
  expect(error.message).toContain("no-such-program could not be started");
  expect(error.status).toBeUndefined();
});

test("nothing of the installer's environment reaches the command", async () => {
  process.env.LANDFALL_TEST_LEAK = "leaked";
  try {
    const { stdout } = await exec(["env"]);
    expect(stdout).not.toContain("leaked");
    expect(stdout).toContain("LC_ALL=C\n");
    const own = await exec(["/usr/bin/env"], { environment: { ONLY: "this" } });
    expect(own.stdout).toBe("ONLY=this\n");
  } finally {
    delete process.env.LANDFALL_TEST_LEAK;
  }
});

test("a time-out ends the command and its children", async () => {
  const error = await failure(
    exec(["sh", "-c", "sleep 60 & echo $!; wait"], { timeoutSeconds: 0.3 }),
  );
  expect(error.message).toBe("sh did not end within 0.3 s and was killed");
  expect(await hasEnded(Number(error.output))).toBeTrue();
});

test("an abort ends the command with its children, and one that came before starts nothing", async () => {
  const controller = new AbortController();
  const run = exec(["sh", "-c", "sleep 60 & wait"], { signal: controller.signal });
  controller.abort(new Error("interrupted"));
  expect((await rejection(run)).message).toBe("interrupted");
  const late = exec(["true"], { signal: controller.signal });
  expect((await rejection(late)).message).toBe("interrupted");
});

test("merged output can be reopened by the command, and keeps its order", async () => {
  const script = "echo one; echo two >&2; echo three >/dev/stdout; echo four >/dev/stderr";
  const { stdout, stderr } = await exec(["sh", "-c", script], { mergeOutput: true });
  expect(stdout).toBe("one\ntwo\nthree\nfour\n");
  expect(stderr).toBe("");
});

test("a daemon that keeps the output open does not keep the command", async () => {
  const started = performance.now();
  const { stdout } = await exec(["sh", "-c", "sleep 30 & echo $!"], { mergeOutput: true });
  expect(performance.now() - started).toBeLessThan(15_000);
  process.kill(Number(stdout), "SIGKILL");
});

test("a file that is no program is named", async () => {
  await using scratch = await scratchDirectory("command");
  const path = join(scratch.path, "broken");
  await Bun.write(path, "\u007fELF and nothing more");
  await chmod(path, 0o755);
  const error = await failure(exec([path]));
  expect(error.message).toStartWith(`${path} could not be started`);
});

test("a command is written as a shell would take it", () => {
  expect(formatCommand(["mount", "-o", "a b", "/dev/vda1", "it's"])).toBe(
    "mount -o 'a b' /dev/vda1 'it'\\''s'",
  );
});

test("memory files are given byte for byte, beside standard input, and to that child alone", async () => {
  const one = Buffer.from("\n\0one\n\n");
  const two = Buffer.alloc(2 ** 20, 0xfe);
  const { stdout } = await exec(
    ["sh", "-c", "cat; od -An -c /proc/self/fd/3; sha256sum < /proc/self/fd/4"],
    { input: "in\n", memoryFiles: [one, two] },
  );
  const hash = createHash("sha256").update(two).digest("hex");
  expect(stdout).toBe(`in\n  \\n  \\0   o   n   e  \\n  \\n\n${hash}  -\n`);
  const left = await exec(["sh", "-c", "ls -l /proc/self/fd /proc/$PPID/fd"]);
  expect(left.stdout).not.toContain("memfd");
});
