import { expect, setDefaultTimeout, test } from "bun:test";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { exec } from "../../../src/run/command.ts";
import { outcomeOf } from "../../support/process.ts";

setDefaultTimeout(60_000);

const preload = fileURLToPath(import.meta.resolve("../../support/leak-check.ts"));
const program = fileURLToPath(import.meta.resolve("./leaks-program.ts"));

test("a test file that leaves something behind fails, and each thing is named", async () => {
  const argv = [process.execPath, "test", "--isolate", "--preload", preload, program];
  const { exitCode, stderr } = await outcomeOf(
    Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" }),
  );
  const found = (pattern: RegExp) => pattern.exec(stderr)?.[1] ?? "";
  const [directory, loop, pid, file] = [
    found(/directory (\S+\/leaks-\w+)/),
    found(/loop device (\/dev\/loop\d+) over/),
    found(/process (\d+): sleep 1000/),
    found(/temporary file (\S+\/forgotten-\w+)/),
  ];
  const swap = found(/swap on (\S+)/);
  const mount = found(/mount of tmpfs on (\S+)/);
  if (pid !== "") process.kill(Number(pid), "SIGKILL");
  if (mount !== "") await exec(["umount", mount]);
  if (swap !== "") await exec(["swapoff", swap]);
  if (loop !== "") await exec(["losetup", "--detach", loop]);
  if (directory !== "") await rm(directory, { recursive: true, force: true });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("1 pass");
  expect([directory, loop, pid, file, mount].filter((name) => name === "")).toEqual([]);
  expect(swap).toBe(loop);
});
