import { expect, test } from "bun:test";
import { judgeLayout } from "../../../../src/plan/preflight/layout.ts";
import { parseFstab } from "../../../../src/system-info/fstab.ts";
import type { LayoutName } from "../../../system/layouts.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

/** What is found of a system whose initrd mounts this. */
async function found(table: string, changes: Changes = {}, name: LayoutName = "uefi-ext4") {
  const initrd = { kind: "systemd", mounts: parseFstab(table), ...changes.initrd } as const;
  return judgeLayout(await layoutInputs(name, { ...changes, initrd }));
}

const root = "/dev/disk/by-label/nixos / ext4 x-initrd.mount 0 1\n";

test("an initrd that mounts what etc/fstab mounts", async () => {
  expect(told(await found(root))).toEqual([]);
  expect(told(await found("/dev/disk/by-partlabel/root / ext4 x-initrd.mount 0 1\n"))).toEqual([]);
});

test("an initrd that mounts another root", async () => {
  const findings = await found("/dev/disk/by-label/old / ext4 x-initrd.mount 0 1\n");
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/initrd-mount-mismatch", "error"],
  ]);
  expect(findings[0]?.message).toStartWith(
    "the system's initrd mounts /dev/disk/by-label/old (ext4) on /, but the layout puts main.root (UUID=",
  );
});

test("what etc/fstab says otherwise is told once", async () => {
  const findings = await found("/dev/disk/by-label/old / ext4 x-initrd.mount 0 1\n", {
    fstab: (text) => text.replace("by-label/nixos", "by-label/old"),
  });
  expect(findings.map(({ id }) => id)).toEqual(["preflight/fstab-root-mismatch"]);
});

test("a unit of the initrd that waits for what nothing will be", async () => {
  const state = "/dev/disk/by-partlabel/state /state ext4 defaults 0 0\n";
  expect(told(await found(root + state))).toEqual([
    'preflight/initrd-mount-mismatch filesystem."/state": the system\'s initrd mounts /dev/disk/by-partlabel/state (ext4) on /state, and nothing on this machine will be that',
  ]);
  expect(told(await found(root + state.replace("defaults", "nofail")))).toEqual([]);
  const inMemory =
    "tmpfs /state tmpfs mode=755 0 0\n/run /run none bind 0 0\noverlay / overlay defaults 0 0\n";
  expect(told(await found(root + inMemory))).toEqual([]);
});

test("an initrd that mounts no root", async () => {
  expect(told(await found(""))).toEqual([
    'preflight/initrd-root-missing filesystem."/": the system\'s initrd mounts no /, and no kernel parameter root= says where it is',
  ]);
  const byLabel = { kernelParameters: ["root=LABEL=nixos"] };
  expect(told(await found("", { system: byLabel }))).toEqual([]);
  expect(told(await found("", { system: { kernelParameters: ["root=fstab"] } }))).toHaveLength(1);
});

test("LUKS below what a unit of the initrd mounts is needed in it", async () => {
  const table = `${root}/dev/mapper/cryptroot /early ext4 defaults 0 0\n`;
  const findings = await found(table, { initrd: { luksDevices: [] } }, "luks-passphrase");
  expect(findings.map(({ id }) => id)).toEqual(["preflight/luks-not-opened"]);
});
