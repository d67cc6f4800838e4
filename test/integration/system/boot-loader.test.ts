import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchDirectory } from "../../support/scratch.ts";
import { runInstaller, systemSteps } from "./installer-run.ts";
import { makeOsRelease, makeTarget, type SystemScripts, toplevel } from "./target.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;

beforeEach(async () => {
  scratch = await scratchDirectory("system");
  // The target must be reachable by everyone, as a live system's /mnt is.
  await chmod(scratch.path, 0o755);
  root = join(scratch.path, "root");
  await mkdir(root);
});

afterEach(() => scratch[Symbol.asyncDispose]());

/** Installs a system made of these scripts, up to the check of what the boot loader left. */
async function install(scripts: SystemScripts, options: { readonly check?: boolean } = {}) {
  await makeTarget(root, scripts);
  const steps = systemSteps(root, toplevel);
  return await runInstaller(scratch.path, {
    steps: [
      steps.profile,
      steps["prepare-root"],
      steps.chroot,
      steps.activate,
      steps.tmpfiles,
      steps["boot-loader"],
      ...(options.check ? [steps["boot-check"]] : []),
    ],
  });
}

test("the boot loader is installed with the variable and the action it asks for", async () => {
  const { error } = await install({
    switchToConfiguration: 'echo "$NIXOS_INSTALL_BOOTLOADER $*" > /called',
  });
  expect(error).toBeUndefined();
  expect(await Bun.file(join(root, "called")).text()).toBe("1 boot\n");
});

test("a boot loader script that fails ends the install with exit code 8 and its last output", async () => {
  const { error, mounts } = await install({
    switchToConfiguration: 'echo "Failed to install bootloader" >&2; exit 1',
  });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe("installing the boot loader failed with exit status 1");
  expect(error?.output).toBe("Failed to install bootloader");
  expect(mounts.filter((target) => target.startsWith(root))).toEqual([]);
});

test("a boot loader script that succeeds and writes nothing ends the install with exit code 8", async () => {
  const { error } = await install({ switchToConfiguration: "exit 0" }, { check: true });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toContain("the machine would not boot the system");
  expect(error?.message).toContain(`init=${toplevel}/init`);
  expect(error?.message).toContain("there is no /boot");
});

test("a system without switch-to-configuration is told apart from a failing one", async () => {
  const { error } = await install({ switchToConfiguration: null });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe(`${toplevel}/bin/switch-to-configuration is not there`);
  expect(error?.hint).toContain("system.switch.enable");
});

test("scripts may reopen their standard output and error, and the log has both in order", async () => {
  const { error, log } = await install({
    switchToConfiguration: "echo first > /dev/stdout; echo second > /dev/stderr; echo third",
  });
  expect(error).toBeUndefined();
  const lines = log.split("\n").map((line) => line.replace(/^\S+ /, ""));
  expect(lines.join("\n")).toContain("#2 | first\n#2 | second\n#2 | third");
});

test("/run is empty: no lock and no socket of the live system or of an earlier run is in the way", async () => {
  await mkdir(join(root, "run/nixos"), { recursive: true });
  await writeFile(join(root, "run/nixos/switch-to-configuration.lock"), "");
  const { error } = await install({
    switchToConfiguration: "ls /run > /listing; mkdir /run/nixos; touch /run/nixos/own.lock",
  });
  expect(error).toBeUndefined();
  expect(await Bun.file(join(root, "listing")).text()).toBe("");
  expect(await readdir(join(root, "run/nixos"))).toEqual(["switch-to-configuration.lock"]);
});

test("paths below the live system's mount point are valid for the boot loader, and only for it", async () => {
  const secret = join(root, "var/secret");
  const { error, mounts } = await install({
    activate: `mkdir -p /var; echo key > /var/secret; ${makeOsRelease}; test ! -e ${secret}`,
    switchToConfiguration: `cat ${secret} > /copy; test -c ${root}/dev/null; echo x > ${root}/written`,
  });
  expect(error).toBeUndefined();
  expect(await Bun.file(join(root, "copy")).text()).toBe("key\n");
  expect(await Bun.file(join(root, "written")).text()).toBe("x\n");
  const [top = ""] = root.split("/").filter((part) => part !== "");
  expect(existsSync(join(root, top))).toBe(false);
  expect(mounts.filter((target) => target.startsWith(root))).toEqual([]);
});

test("an empty machine-id that activation left is gone before the boot loader's builder reads it", async () => {
  const { error } = await install({
    activate: `${makeOsRelease}; : > /etc/machine-id`,
    switchToConfiguration:
      'test ! -e /etc/machine-id || { echo "IndexError: list index out of range"; exit 1; }',
  });
  expect(error).toBeUndefined();
  expect(await readdir(join(root, "etc"))).not.toContain("machine-id");
});

test("temporary directories can be made without a TMPDIR", async () => {
  const { error } = await install({
    tmpfiles: "rm -rf /tmp",
    switchToConfiguration: "env > /environment; touch /tmp/file",
  });
  expect(error).toBeUndefined();
  expect(await Bun.file(join(root, "environment")).text()).not.toContain("TMPDIR");
});
