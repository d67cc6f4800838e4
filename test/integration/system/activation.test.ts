import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readlink, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { readMountInfo } from "../../../src/linux/mount-info.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { runInstaller, systemSteps } from "./installer-run.ts";
import { makeOsRelease, makeTarget, toplevel } from "./target.ts";

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

/** The steps up to activation. */
function untilActivation() {
  const steps = systemSteps(root, toplevel);
  return [steps.profile, steps["prepare-root"], steps.chroot, steps.activate];
}

test("activation gets a clean environment, whatever the live system's is", async () => {
  await makeTarget(root, { activate: `env > /environment\n${makeOsRelease}` });
  const { error } = await runInstaller(
    scratch.path,
    { steps: untilActivation() },
    {
      environment: {
        TMPDIR: "/nowhere",
        LANG: "de_DE.UTF-8",
        LC_ALL: "de_DE.UTF-8",
        LD_LIBRARY_PATH: "/nowhere",
        SECRET: "of the live system",
      },
    },
  );
  expect(error).toBeUndefined();
  const lines = (await readFile(join(root, "environment"), "utf8")).trim().split("\n");
  // What the shell sets by itself is no inheritance.
  const inherited = lines.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
  expect(inherited.toSorted()).toEqual([
    "HOME=/root",
    "IN_NIXOS_ENTER=1",
    `LOCALE_ARCHIVE=${toplevel}/sw/lib/locale/locale-archive`,
    `PATH=${toplevel}/sw/bin`,
  ]);
});

test("activation gets the umask of nixos-install, whatever the live system's is", async () => {
  await makeTarget(root, { activate: `touch /file\n${makeOsRelease}` });
  const prefix = ["sh", "-c", 'umask 077; exec "$@"', "sh"];
  const { error } = await runInstaller(scratch.path, { steps: untilActivation() }, { prefix });
  expect(error).toBeUndefined();
  expect((await stat(join(root, "file"))).mode & 0o777).toBe(0o644);
  expect((await stat(join(root, "etc"))).mode & 0o777).toBe(0o755);
});

test("a mount point named through a link is released too", async () => {
  await makeTarget(root);
  const link = join(scratch.path, "link");
  await symlink(root, link);
  const steps = systemSteps(link, toplevel);
  const { error, mounts } = await runInstaller(scratch.path, {
    steps: [steps["prepare-root"], steps.chroot, steps.activate, steps["boot-loader"]],
  });
  expect(error).toBeUndefined();
  expect(mounts.filter((target) => target.startsWith(scratch.path))).toEqual([]);
});

test("a failing activation ends the install with exit code 8 and its last output", async () => {
  await makeTarget(root, {
    activate: `${makeOsRelease}\necho "Activation script snippet 'users' failed (1)"\nexit 4`,
  });
  const { error, mounts } = await runInstaller(scratch.path, { steps: untilActivation() });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe("activation failed with exit status 4");
  expect(error?.output).toContain("snippet 'users' failed (1)");
  expect(mounts.filter((target) => target.startsWith(root))).toEqual([]);
});

test("an activation that makes no os-release ends the install", async () => {
  await makeTarget(root, { activate: "mkdir -p /etc" });
  const { error } = await runInstaller(scratch.path, { steps: untilActivation() });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toContain("/etc/os-release");
});

test("os-release is looked for in the target, where its absolute links lead", async () => {
  await makeTarget(root, {
    activate: [
      "mkdir -p /nix/store/etc-of-the-target",
      "echo ID=nixos > /nix/store/etc-of-the-target/os-release",
      "ln -s /nix/store/etc-of-the-target /etc/static",
      "ln -s /etc/static/os-release /etc/os-release",
    ].join("\n"),
  });
  const { error } = await runInstaller(scratch.path, { steps: untilActivation() });
  expect(error).toBeUndefined();
});

test("a system without an activate script is taken as it is", async () => {
  await makeTarget(root, { activate: null });
  const { error, messages } = await runInstaller(scratch.path, { steps: untilActivation() });
  expect(error).toBeUndefined();
  expect(messages.join("\n")).toContain("has no activate script");
});

test("what activation mounts and starts is gone afterwards, and the live system saw none of it", async () => {
  await makeTarget(root, {
    activate: [
      makeOsRelease,
      "mkdir -p /run/keys /run/wrappers",
      "mount -t ramfs ramfs /run/keys",
      "mount -t tmpfs -o remount,mode=755,nosuid tmpfs /run",
      "mount -t devpts -o remount,mode=620,gid=3 devpts /dev/pts",
      "mount -t tmpfs -o remount,size=1m tmpfs /dev/shm",
      "mount -t tmpfs tmpfs /run/wrappers",
      "setsid sleep 1000 < /dev/null > /dev/null 2>&1 &",
      "echo $! > /daemon",
    ].join("\n"),
  });
  const before = readMountInfo();
  const { error, mounts, whileHeld } = await runInstaller(scratch.path, {
    steps: untilActivation(),
    whileHeld: `grep -c '${root}/run/' /proc/self/mountinfo; cat /proc/$(cat ${root}/daemon)/comm`,
  });
  expect(error).toBeUndefined();
  expect(whileHeld).toBe("2\nsleep\n");
  expect(mounts.filter((target) => target.startsWith(root))).toEqual([]);
  expect(readMountInfo()).toEqual(before);
  const daemon = (await readFile(join(root, "daemon"), "utf8")).trim();
  // One that has ended has no program any more, even before its parent takes notice.
  expect(existsSync(`/proc/${daemon}/exe`)).toBe(false);
});

test("programs of the target are in the live system's process namespace, so that bootctl sees no container", async () => {
  await makeTarget(root, {
    activate: `${makeOsRelease}\nreadlink /proc/self/ns/pid > /namespace\ncat /proc/1/comm > /first`,
  });
  const { error } = await runInstaller(scratch.path, { steps: untilActivation() });
  expect(error).toBeUndefined();
  expect((await readFile(join(root, "namespace"), "utf8")).trim()).toBe(
    await readlink("/proc/self/ns/pid"),
  );
  expect(await readFile(join(root, "first"), "utf8")).toBe(await readFile("/proc/1/comm", "utf8"));
});

test("a target whose /dev is a link is refused, and nothing is mounted through it", async () => {
  await makeTarget(root);
  const elsewhere = join(scratch.path, "elsewhere");
  await mkdir(elsewhere);
  await symlink(elsewhere, join(root, "dev"));
  const { error, mounts } = await runInstaller(scratch.path, { steps: untilActivation() });
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe(`${root}/dev is not a directory`);
  expect(mounts.filter((target) => target.startsWith(scratch.path))).toEqual([]);
});

test("a failing systemd-tmpfiles is a warning", async () => {
  await makeTarget(root, { tmpfiles: 'echo "$@"; echo "Failed to chown /var/lib/x"; exit 73' });
  const steps = systemSteps(root, toplevel);
  const { error, messages } = await runInstaller(scratch.path, {
    steps: [...untilActivation(), steps.tmpfiles],
  });
  expect(error).toBeUndefined();
  expect(messages).toContain(
    "warning: systemd-tmpfiles ended with exit status 73:\n--create --remove -E\nFailed to chown /var/lib/x",
  );
});

test("the loopback interface is up while the target runs, and down again afterwards", async () => {
  await makeTarget(root);
  const flags = "cat /sys/class/net/lo/flags; ip link show lo | head -n 1";
  const { error, whileHeld, after } = await runInstaller(
    scratch.path,
    {
      steps: untilActivation(),
      before: "mount -t sysfs sysfs /sys",
      whileHeld: flags,
      after: flags,
    },
    { prefix: ["unshare", "--net"] },
  );
  expect(error).toBeUndefined();
  expect(whileHeld).toContain("<LOOPBACK,UP,LOWER_UP>");
  expect(after).toContain("<LOOPBACK>");
});

test("hidden EFI variables are an empty place to write to, and the firmware's stay as they are", async () => {
  await makeTarget(root, {
    activate: [
      makeOsRelease,
      "ls /sys/firmware/efi/efivars > /listing",
      "echo new > /sys/firmware/efi/efivars/Boot0001-test",
    ].join("\n"),
  });
  const steps = systemSteps(root, toplevel, { firmware: "uefi", efiVariables: false });
  const { error, after } = await runInstaller(scratch.path, {
    steps: [steps["prepare-root"], steps.chroot, steps.activate],
    before:
      "mount -t tmpfs tmpfs /sys/firmware && mkdir -p /sys/firmware/efi/efivars && echo old > /sys/firmware/efi/efivars/Boot0000-test",
    after: "ls /sys/firmware/efi/efivars",
  });
  expect(error).toBeUndefined();
  expect(await readFile(join(root, "listing"), "utf8")).toBe("");
  expect(after).toBe("Boot0000-test\n");
});

test("EFI variables that the kernel does not offer end the install with a way out", async () => {
  await makeTarget(root);
  const steps = systemSteps(root, toplevel, { firmware: "uefi", efiVariables: true });
  const { error, mounts } = await runInstaller(scratch.path, {
    steps: [steps["prepare-root"], steps.chroot],
    before: "mount -t tmpfs tmpfs /sys/firmware",
  });
  expect(error?.exitCode).toBe(8);
  expect(error?.hint).toContain("efi-variables = false");
  expect(mounts.filter((target) => target.startsWith(root))).toEqual([]);
});
