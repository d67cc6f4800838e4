import { expect, test } from "bun:test";
import { judgeLayout } from "../../../../src/plan/preflight/layout.ts";
import type { LayoutName } from "../../../system/layouts.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

async function found(name: LayoutName, changes: Changes) {
  return judgeLayout(await layoutInputs(name, changes));
}

const cryptroot = { name: "cryptroot", device: "/dev/disk/by-partlabel/root" };
const raidUuid = "ecea227e-784e-54b3-9949-e0601f5a3e81";

test("a root in LUKS that the initrd does not open", async () => {
  const findings = await found("luks-passphrase", { initrd: { luksDevices: [] } });
  expect(told(findings)).toEqual([
    "preflight/luks-not-opened luks.cryptroot: the system needs it for /, and its initrd does not open it",
  ]);
  expect(findings[0]?.hint).toMatch(
    /^Set boot\.initrd\.luks\.devices\."cryptroot"\.device = "\/dev\/disk\/by-uuid\/[0-9a-f-]{36}" in the NixOS configuration\.$/,
  );
});

test("etc/crypttab is too late for root, and in time for other file systems", async () => {
  const crypttab = [{ ...cryptroot, options: [] }];
  const findings = await found("luks-passphrase", {
    initrd: { luksDevices: [] },
    system: { crypttab },
  });
  expect(told(findings)).toEqual([
    "preflight/luks-not-opened luks.cryptroot: the system needs it for /, and its initrd does not open it, but only etc/crypttab, which is too late",
  ]);
});

test("kernel parameters open it, where systemd is in the initrd", async () => {
  const system = {
    kernelParameters: ["rd.luks.name=0b1fd7d2-0000-4000-8000-000000000000=cryptroot"],
  };
  const initrd = { kind: "systemd", luksDevices: [cryptroot] } as const;
  expect(told(await found("luks-passphrase", { system, initrd }))).toEqual([
    'preflight/luks-device-missing boot.initrd.luks.devices."cryptroot": the kernel parameters open UUID=0b1fd7d2-0000-4000-8000-000000000000 as cryptroot, and nothing on this machine will be that',
  ]);
  expect(
    told(await found("luks-passphrase", { system, initrd: { luksDevices: [cryptroot] } })),
  ).toEqual([]);
});

test("what is not known of the initrd is not judged", async () => {
  const unreadable = { initrd: { unreadable: "it is compressed with what nobody knows" } };
  expect(told(await found("luks-passphrase", { system: unreadable }))).toEqual([]);
  expect(told(await found("luks-lvm", { system: unreadable }))).toEqual([]);
  expect(told(await found("luks-raid", { system: unreadable }))).toEqual([]);
});

test("the initrd waits for a LUKS device that nothing will be", async () => {
  const other = {
    name: "cryptroot",
    device: "/dev/disk/by-uuid/0b1fd7d2-0000-4000-8000-000000000000",
  };
  const findings = await found("luks-passphrase", { initrd: { luksDevices: [other] } });
  expect(findings.map(({ id }) => id)).toEqual([
    "preflight/luks-not-opened",
    "preflight/luks-device-missing",
  ]);
  expect(findings[1]?.hint).toContain("/dev/disk/by-uuid/");
});

test("the initrd opens as LUKS what is none", async () => {
  const esp = { name: "cryptboot", device: "LABEL=ESP" };
  const findings = await found("luks-passphrase", { initrd: { luksDevices: [cryptroot, esp] } });
  expect(findings.map(({ id }) => id)).toEqual(["preflight/luks-device-missing"]);
  expect(findings[0]?.message).toContain("but main.esp (UUID=");
  expect(findings[0]?.message).toEndWith("will carry vfat");
});

test("the system's own name of a mapping counts in fstab; that the manifest has another is a warning", async () => {
  const renamed = { name: "crypted", device: cryptroot.device };
  const withRoot = (path: string) =>
    found("luks-passphrase", {
      initrd: { luksDevices: [renamed] },
      fstab: (text) => text.replace("/dev/disk/by-label/nixos", path),
    });
  const findings = await withRoot("/dev/mapper/crypted");
  expect(told(findings)).toEqual([
    "preflight/luks-name-mismatch luks.cryptroot: the initrd opens it as /dev/mapper/crypted",
  ]);
  expect(findings[0]?.severity).toBe("warning");
  expect((await withRoot("/dev/mapper/cryptroot"))[0]?.id).toBe("preflight/fstab-root-mismatch");
});

test("a device of etc/crypttab that nothing will be is a warning", async () => {
  const crypttab = [{ name: "data", device: "PARTLABEL=data", options: [] }];
  const findings = await found("luks-passphrase", { system: { crypttab } });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/crypttab-device-missing", "warning"],
  ]);
  const optional = [{ name: "data", device: "PARTLABEL=data", options: ["nofail"] }];
  expect(told(await found("luks-passphrase", { system: { crypttab: optional } }))).toEqual([]);
});

test("an initrd without LVM for a root on a volume", async () => {
  const findings = await found("luks-lvm", { initrd: { hasLvm: false } });
  expect(told(findings)).toEqual([
    "preflight/lvm-not-activated lvm.vg.root: the system needs it for /, and its initrd activates no volume groups",
  ]);
});

test("an initrd that assembles no arrays for a root on one", async () => {
  const findings = await found("luks-raid", { initrd: { hasMdadm: false } });
  expect(told(findings)).toEqual([
    "preflight/raid-not-assembled raid.root: the system needs it for /, and its initrd assembles no arrays",
  ]);
});

const withMdadmConfig = (mdadmConfig: string) => found("luks-raid", { initrd: { mdadmConfig } });

test("a mdadm.conf that forbids other arrays than those it names", async () => {
  const inputs = await layoutInputs("luks-raid");
  const step = inputs.storage.steps.find(({ kind }) => kind === "raid");
  const uuid = step?.kind === "raid" ? step.uuid : "";
  expect(uuid).not.toBe(raidUuid);
  const listed = uuid.replaceAll("-", "").replaceAll(/(.{8})(?=.)/g, "$1:");
  expect(
    told(await withMdadmConfig(`ARRAY /dev/md/root metadata=1.2 UUID=${listed}\nAUTO -all\n`)),
  ).toEqual([]);
  const refused = await withMdadmConfig("AUTO -all\n");
  expect(refused.map(({ id }) => id)).toEqual(["preflight/raid-not-assembled"]);
  expect(refused[0]?.hint).toContain(`ARRAY /dev/md/root UUID=${listed}`);
  const ignored = await withMdadmConfig(`ARRAY <ignore> UUID=${listed}\n`);
  expect(ignored.map(({ id }) => id)).toEqual(["preflight/raid-not-assembled"]);
});

test("an array of mdadm.conf that will not be on the machine", async () => {
  const mdadmConfig = "ARRAY /dev/md/old\n  UUID=01234567:89abcdef:01234567:89abcdef\n";
  const findings = await found("luks-raid", { initrd: { mdadmConfig } });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/raid-array-unknown", "warning"],
  ]);
});

const withParameter = (word: string) =>
  found("uefi-ext4", { system: { kernelParameters: [word] } });

test("root= that is another device, or root itself", async () => {
  for (const word of ["root=LABEL=nixos", "root=fstab", "root=PARTLABEL=root"]) {
    expect(told(await withParameter(word))).toEqual([]);
  }
  const findings = await withParameter("root=LABEL=other");
  expect(findings.map(({ id }) => id)).toEqual(["preflight/kernel-root-mismatch"]);
  expect(findings[0]?.message).toContain("puts / on: main.root (UUID=");
});

const withAutomaticRoot = (manifest?: (text: string) => string) =>
  found("uefi-ext4", {
    system: { kernelParameters: ["root=gpt-auto"] },
    ...(manifest === undefined ? {} : { manifest }),
  });

const typedRoot = (text: string) =>
  text.replace('name = "root"', 'name = "root"\ntype = "root-x86-64"');

test("root=gpt-auto wants the partition type of the architecture", async () => {
  expect((await withAutomaticRoot()).map(({ id }) => id)).toEqual([
    "preflight/kernel-root-mismatch",
  ]);
  expect(told(await withAutomaticRoot(typedRoot))).toEqual([]);
});

test("a parameter of other distributions is told to mean nothing", async () => {
  const findings = await found("luks-passphrase", {
    system: { kernelParameters: ["cryptdevice=UUID=x:cryptroot"] },
  });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/kernel-parameter-ignored", "warning"],
  ]);
});

const withEncryptedHalf = (text: string) =>
  text
    .replace(
      "[btrfs.root]",
      `[luks.second]
device = "b.root"
passphrase = { file = "/run/keys/root" }

[btrfs.root]`,
    )
    .replace('devices = ["a.root", "b.root"]', 'devices = ["a.root", "second"]');

test("every device of a btrfs has to be opened, not only the one that fstab names", async () => {
  const findings = await found("btrfs-raid1", { manifest: withEncryptedHalf });
  expect(told(findings)).toEqual([
    "preflight/luks-not-opened luks.second: the system needs it for /, and its initrd does not open it",
  ]);
});
