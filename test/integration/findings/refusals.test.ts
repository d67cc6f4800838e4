import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Machine, machine, manifestFor } from "./program.ts";

/*
 * What a disk, its storage and the live system are refused for: each by a run of the installer, whose cache has no
 * address, so that nothing else can happen.
 */

setDefaultTimeout(60_000);

let host: Machine;

beforeAll(async () => {
  host = await machine();
});

afterAll(() => host[Symbol.asyncDispose]());

/** Something to be refused. */
interface Case {
  /** Makes it of a sound manifest. */
  readonly manifest?: (text: string) => string;
  /** Shell script that makes the machine another one. */
  readonly before?: string;
  /** The findings, that of the cache aside. */
  readonly findings: readonly string[];
}

/** Has the kernel tell of other memory, in lines of proc_meminfo(5). */
function memory(total: string, available: string): string {
  return `
    sed 's/^MemTotal:.*/MemTotal: ${total}/; s/^MemAvailable:.*/MemAvailable: ${available}/' \\
      /proc/meminfo > /dev/shm/landfall-meminfo
    mount --bind /dev/shm/landfall-meminfo /proc/meminfo
    rm /dev/shm/landfall-meminfo`;
}

/** A list of modules, where NixOS has it, in which none is that an install needs. */
const noModules = `
  mount -t tmpfs tmpfs /run
  directory="/run/booted-system/kernel-modules/lib/modules/$(uname -r)"
  mkdir -p "$directory"
  echo kernel/none.ko: > "$directory/modules.dep"`;

const cases: Readonly<Record<string, Case>> = {
  "too little memory": {
    before: memory("512000 kB", "65536 kB"),
    findings: ["preflight/memory"],
  },
  "a kernel without a module": {
    manifest: (text) => text.replace('type = "ext4"', 'type = "f2fs"'),
    before: noModules,
    findings: ["preflight/kernel-module-missing"],
  },
  "UEFI without an ESP, and without efivarfs": {
    before: `
      mount -t tmpfs tmpfs /sys/firmware
      mkdir -p /sys/firmware/efi/efivars
      echo 64 > /sys/firmware/efi/fw_platform_size
      ${noModules}`,
    findings: ["preflight/efi-variables-unavailable", "preflight/esp-missing"],
  },
  "one disk for two": {
    manifest: (text) =>
      `${text}[disk.twin]\ndevice = "/dev/disk/by-id/landfall"\npartition = [{ name = "data" }]\n`,
    before: `
      mkdir -p /dev/disk
      mount -t tmpfs tmpfs /dev/disk
      mkdir /dev/disk/by-id
      ln -s "$DISK" /dev/disk/by-id/landfall`,
    findings: ["preflight/disk-named-twice", "preflight/disk-name-unstable"],
  },
  "partitions that do not fit": {
    manifest: (text) => text.replace('{ name = "root" }', '{ name = "root", size = "9GiB" }'),
    findings: ["preflight/disk-layout"],
  },
  "a table to be kept that is not there": {
    manifest: (text) => text.replace("partition =", 'table = "keep"\npartition ='),
    findings: ["preflight/kept-mismatch"],
  },
  "a file system on less than it takes": {
    manifest: (text) => text.replace('type = "ext4"', 'type = "xfs"'),
    findings: ["preflight/device-too-small"],
  },
  "LUKS that takes more memory than there is": {
    manifest: (text) =>
      text.replace('"main.root"', '"crypt"') +
      '[luks.crypt]\ndevice = "main.root"\npassphrase = { prompt = "passphrase" }\npbkdf-memory = "2GiB"\n',
    before: memory("1048576 kB", "900000 kB"),
    findings: ["preflight/luks-memory", "preflight/boot-unreadable"],
  },
  "a BIOS without a place for GRUB": {
    manifest: (text) => text.replace('{ name = "bios", size = "1MiB", type = "bios-boot" }, ', ""),
    findings: ["preflight/bios-boot-missing"],
  },
};

test.each(Object.entries(cases))("%s", async (_what, { manifest, before, findings }) => {
  const sound = manifestFor(host.disk.path, "https://cache.invalid");
  const text = manifest?.(sound) ?? sound;
  const run = await host.run(text, before === undefined ? {} : { before });
  const others = run.findings.filter((id) => id !== "preflight/name-unresolved");
  expect(others, run.stderr).toEqual([...findings]);
  expect(run).toMatchObject({ exitCode: 4, isUntouched: true });
});

test("a disk that is read-only", async () => {
  const { path } = host.disk;
  const run = await host.run(manifestFor(path, "https://cache.invalid"), {
    before: `blockdev --setro ${path}`,
  });
  Bun.spawnSync(["blockdev", "--setrw", path]);
  expect(run.findings).toContain("preflight/disk-read-only");
  expect(run).toMatchObject({ exitCode: 4, isUntouched: true });
});
