import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { Chroot } from "./chroot.ts";

/** Seconds the fixture may take when nothing of it is there yet. */
const buildSeconds = 900;

setDefaultTimeout(60_000);

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, buildSeconds * 1000);

const contractFiles = [
  "activate",
  "append-initrd-secrets",
  "bin",
  "boot.json",
  "configuration-name",
  "dry-activate",
  "etc",
  "extra-dependencies",
  "firmware",
  "init",
  "init-interface-version",
  "initrd",
  "kernel",
  "kernel-modules",
  "kernel-params",
  "nixos-version",
  "specialisation",
  "sw",
  "switch-inhibitors",
  "system",
  "systemd",
];

describe("toplevel", () => {
  test("has every file a NixOS toplevel has", async () => {
    for (const toplevel of Object.values(fixture.toplevel)) {
      const names = await readdir(join(fixture.builderRoot, toplevel));
      expect(names.toSorted()).toEqual(contractFiles);
    }
  });

  test("has a bootspec that names its own kernel, initrd, init and specialisations", async () => {
    const { uefi } = fixture.toplevel;
    const bootspec = await Bun.file(join(fixture.builderRoot, uefi, "boot.json")).json();
    const v1 = bootspec["org.nixos.bootspec.v1"];
    expect(v1).toMatchObject({ toplevel: uefi, init: `${uefi}/init`, system: "x86_64-linux" });
    expect(v1.kernel).toMatch(/^\/nix\/store\/.*\/bzImage$/);
    expect(v1.initrd).toMatch(/^\/nix\/store\/.*\/initrd$/);
    const nested = bootspec["org.nixos.specialisation.v1"].verbose["org.nixos.bootspec.v1"];
    expect(nested.kernelParams).toContain("systemd.log_level=info");
  });

  test("has a closure of several hundred paths and at most 450 MB", async () => {
    for (const toplevel of Object.values(fixture.toplevel)) {
      const info: { narSize: number }[] = JSON.parse(
        await fixture.nix(["nix", "path-info", "--json", "--recursive", toplevel]),
      );
      expect(info.length).toBeGreaterThanOrEqual(300);
      expect(info.reduce((sum, path) => sum + path.narSize, 0)).toBeLessThan(450e6);
    }
  });

  test("needs nothing outside the store: loaders, library paths, scripts, links", async () => {
    const script = `
      closure=$(nix-store -qR "$@")
      # glibc names a loader only for being run as a program itself.
      find $closure -type f ! -path '*-glibc-*/lib/libc.so.6' ! -name '*.ko' ! -name '*.mod' ! -path '*/grub/i386-pc/*' -print0 > /tmp/files
      xargs -0 readelf -ldW < /tmp/files 2> /dev/null |
        sed -n -e 's/.*program interpreter: \\(.*\\)]/\\1/p' -e 's/.*(RUNPATH).*\\[\\(.*\\)]/\\1/p' |
        tr : '\\n' | sort -u | grep -v '^/nix/store/' | sed 's/^/ELF: /' || true
      xargs -0 grep -lIm1 '^#!' < /tmp/files | while read -r file; do
        head -n 1 "$file" | grep -q '^#! *\\(/nix/store/\\|[^/]\\)' || ! head -c 2 "$file" | grep -q '#!' || echo "script: $file"
      done
      find $closure -type l -lname '/*' ! -lname '/nix/store/*' -printf 'link: %f -> %l\\n' | sort -u
      rm /tmp/files`;
    const { uefi, bios } = fixture.toplevel;
    const found = await fixture.nix(["bash", "-euc", script, "check", uefi, bios]);
    // What NixOS too links into its own /etc and /proc.
    expect(found.trim().split("\n")).toEqual([
      "link: localtime -> /etc/zoneinfo/UTC",
      "link: mtab -> /proc/mounts",
    ]);
  });
});

describe("activation", () => {
  test("makes /etc, accounts and /run/current-system, and keeps a password that was changed", async () => {
    await using chroot = await Chroot.make(fixture.builderRoot, fixture.toplevel.bios);
    const { output, exitCode } = await chroot.run(`
      export IN_NIXOS_ENTER=1
      $toplevel/activate || exit
      readlink /run/current-system
      grep ^ID= /etc/os-release
      cut -d: -f1,2 /etc/shadow | grep -E '^(root|nobody):' | cut -c1-14
      sed -i 's/^root:[^:]*/root:changed/' /etc/shadow
      $toplevel/activate && grep ^root: /etc/shadow
      systemd-tmpfiles --create --remove -E 2> /dev/null
      stat -c %a /etc/ssh/authorized_keys.d/root /tmp
      ln -s "$toplevel" /nix/var/nix/profiles/system-1-link
      ln -s system-1-link /nix/var/nix/profiles/system
      nix-env --list-generations -p /nix/var/nix/profiles/system | grep -o '^ *1 .*current'`);
    expect(output.split("\n").filter((line) => !line.startsWith("setting up"))).toEqual([
      fixture.toplevel.bios,
      "ID=nixos",
      "root:$6$landfa",
      "nobody:!",
      "root:changed:1::::::",
      "444",
      "1777",
      expect.stringMatching(/^ *1 .*current$/),
    ]);
    expect(exitCode).toBe(0);
  });

  test("names a failing snippet, runs the others, and fails", async () => {
    await using chroot = await Chroot.make(fixture.builderRoot, fixture.toplevel.bios);
    await writeFile(join(chroot.path, "usr"), "a file where a directory must be");
    const { output, exitCode } = await chroot.run(`
      $toplevel/activate; status=$?
      [ -e /etc/os-release ] && echo "etc is there"
      exit $status`);
    expect(output).toContain("Activation script snippet 'usrbinenv' failed (1)");
    expect(output).toContain("etc is there");
    expect(exitCode).toBe(1);
  });
});

/** Activates, does what the case says, and calls it. */
async function refusal(preparation: string): Promise<string> {
  await using chroot = await Chroot.make(fixture.builderRoot, fixture.toplevel.uefi);
  const { output, exitCode } = await chroot.run(`
    IN_NIXOS_ENTER=1 $toplevel/activate > /dev/null
    ${preparation}
    NIXOS_INSTALL_BOOTLOADER=1 $toplevel/bin/switch-to-configuration boot`);
  expect(exitCode).toBe(1);
  return output;
}

describe("switch-to-configuration boot", () => {
  const cases = [
    ["a missing os-release", "rm /etc/os-release", "Failed to read /etc/os-release"],
    [
      "another distribution",
      "rm /etc/NIXOS /etc/os-release; echo ID=debian > /etc/os-release",
      "This is not a NixOS installation!",
    ],
    [
      "a lock that is held",
      "mkdir /run/nixos; exec 9> /run/nixos/switch-to-configuration.lock; flock 9",
      "Could not acquire lock",
    ],
    ["an ESP that is not mounted", "", "efiSysMountPoint = '/boot' is not a mounted partition"],
    [
      "an empty machine-id",
      "mkdir /boot; mount -t tmpfs tmpfs /boot; : > /etc/machine-id",
      "/etc/machine-id is empty",
    ],
    [
      "a file system that is no ESP",
      "mkdir /boot; mount -t tmpfs tmpfs /boot; rm -f /etc/machine-id",
      "is not a FAT EFI System Partition (ESP) file system",
    ],
    [
      "an environment that lacks a variable",
      "sed /SYSTEMD/d $toplevel/bin/switch-to-configuration > /tmp/incomplete; . /tmp/incomplete boot",
      "missing environment variable SYSTEMD",
    ],
  ] as const;
  for (const [name, preparation, message] of cases) {
    test(`refuses ${name}`, async () => {
      expect(await refusal(preparation)).toContain(message);
    });
  }

  test("says when the boot loader failed", async () => {
    expect(await refusal("")).toContain("Failed to install bootloader");
  });
});
