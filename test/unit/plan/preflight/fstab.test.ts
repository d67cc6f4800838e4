import { expect, test } from "bun:test";
import { judgeLayout } from "../../../../src/plan/preflight/layout.ts";
import type { LayoutName } from "../../../system/layouts.ts";
import { type Changes, layoutInputs, told } from "./judged.ts";

/** What is found about a layout with changes. */
async function found(name: LayoutName, changes: Changes) {
  return judgeLayout(await layoutInputs(name, changes));
}

/** The same with one text of `etc/fstab` replaced by another. */
async function withFstab(name: LayoutName, old: string, other: string) {
  return await found(name, { fstab: (text) => text.replace(old, other) });
}

test("root on another UUID: says what fstab wants, what the layout gives, and how to mend either", async () => {
  const [finding, ...others] = await withFstab(
    "uefi-ext4",
    "/dev/disk/by-label/nixos",
    "/dev/disk/by-uuid/0b1fd7d2-0000-4000-8000-000000000000",
  );
  expect(others).toEqual([]);
  expect(finding?.id).toBe("preflight/fstab-root-mismatch");
  expect(finding?.severity).toBe("error");
  expect(finding?.object).toBe('filesystem."/"');
  expect(finding?.message).toMatch(
    /^the system's etc\/fstab wants \/dev\/disk\/by-uuid\/0b1fd7d2-\S+ \(ext4\) on \/, but the layout puts main\.root \(UUID=\S+, LABEL=nixos, PARTUUID=\S+, PARTLABEL=root\) there$/,
  );
  const uuid = /UUID=([^,]+)/.exec(finding?.message ?? "")?.[1];
  expect(finding?.hint).toBe(
    `In the NixOS configuration set fileSystems."/".device = "/dev/disk/by-uuid/${uuid}".`,
  );
});

test("a PARTUUID is found by the small letters of udev's link, however the manifest writes it", async () => {
  const uuid = "6d6f6f6e-0000-4000-8000-00000000000a";
  const manifest = (text: string) =>
    text.replace('name = "root"', `name = "root"\nuuid = "${uuid.toUpperCase()}"`);
  const withRoot = (device: string) =>
    found("uefi-ext4", {
      manifest,
      fstab: (text) => text.replace("/dev/disk/by-label/nixos", device),
    });
  expect(told(await withRoot(`PARTUUID=${uuid}`))).toEqual([]);
  const [finding] = await withRoot(`/dev/disk/by-partuuid/${uuid.toUpperCase()}`);
  expect(finding?.id).toBe("preflight/fstab-root-mismatch");
  expect(finding?.message).toContain(`PARTUUID=${uuid}`);
});

test("without a seed a UUID cannot be known beforehand, and the hint says so", async () => {
  const [finding] = await found("uefi-ext4", {
    manifest: (text) => text.replace('seed = "layouts"', ""),
    fstab: (text) => text.replace("by-label/nixos", "by-uuid/0b1fd7d2-0000-4000-8000-000000000000"),
  });
  expect(finding?.hint).toContain("Without a seed in [system] the UUIDs change with every system");
});

test.each([
  ["LABEL=other", 'give what is on main.root the label = "other"'],
  ["PARTLABEL=other", 'give the partition main.root the label = "other"'],
  [
    "PARTUUID=0b1fd7d2-0000-4000-8000-000000000000",
    'give the partition main.root the uuid = "0b1fd7d2-0000-4000-8000-000000000000"',
  ],
])(
  "root by %s that the layout does not have: the manifest can be mended, too",
  async (device, remedy) => {
    const [finding] = await withFstab("uefi-ext4", "/dev/disk/by-label/nixos", device);
    expect(finding?.id).toBe("preflight/fstab-root-mismatch");
    expect(finding?.hint).toContain(remedy);
  },
);

test.each([
  ["/dev/disk/by-partlabel/root"],
  ["PARTLABEL=root"],
  ['LABEL="nixos"'],
  ["/dev/disk/by-id/virtio-landfall-main-part2"],
  ["ID=virtio-landfall-main-part2"],
])("root as %s is found", async (device) => {
  expect(told(await withFstab("uefi-ext4", "/dev/disk/by-label/nixos", device))).toEqual([]);
});

test.each([
  ["/dev/vg/root", "/dev/mapper/vg-root"],
  ["/dev/vg/root", "/dev/disk/by-id/dm-name-vg-root"],
  ["/dev/vg/data", "/dev/mapper/vg-data"],
])("a volume as %s or %s is found", async (old, other) => {
  expect(told(await withFstab("lvm", old, other))).toEqual([]);
});

const renamedGroup = (text: string) =>
  text
    .replaceAll("[lvm.vg]", "[lvm.my-vg]")
    .replaceAll("lvm.vg.", "lvm.my-vg.")
    .replaceAll('"vg.', '"my-vg.');

const withVolumePaths = (path: string) =>
  found("lvm", { manifest: renamedGroup, fstab: (text) => text.replaceAll("/dev/vg/", path) });

test("dashes in names of groups and volumes are doubled for device-mapper", async () => {
  expect(told(await withVolumePaths("/dev/my-vg/"))).toEqual([]);
  expect(told(await withVolumePaths("/dev/mapper/my--vg-"))).toEqual([]);
  expect((await withVolumePaths("/dev/mapper/my-vg-"))[0]?.id).toBe(
    "preflight/fstab-root-mismatch",
  );
});

test("a device found by the kernel's name is a warning", async () => {
  const findings = await withFstab("uefi-ext4", "/dev/disk/by-label/nixos", "/dev/vda2");
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/fstab-kernel-name", "warning"],
  ]);
});

test("root in memory where the layout has a device, and the reverse", async () => {
  expect(
    told(await withFstab("uefi-ext4", "/dev/disk/by-label/nixos / ext4", "none / tmpfs")),
  ).toEqual([
    expect.stringMatching(
      /^preflight\/fstab-root-mismatch filesystem\."\/": .* wants none \(tmpfs\) on \/, but the layout puts main\.root/,
    ),
  ]);
  expect(told(await withFstab("tmpfs-root", "none / tmpfs", "LABEL=nix / ext4"))).toEqual([
    'preflight/fstab-root-mismatch filesystem."/": the system\'s etc/fstab wants LABEL=nix (ext4) on /, but the layout puts memory (tmpfs) there',
  ]);
});

const withoutRoot = (text: string) => text.replace(/.* \/ ext4 .*/, "");

test("no root at all, unless the kernel parameters name it", async () => {
  expect(told(await found("uefi-ext4", { fstab: withoutRoot }))[0]).toStartWith(
    "preflight/fstab-root-missing",
  );
  const system = { kernelParameters: ["root=LABEL=nixos"] };
  expect(told(await found("uefi-ext4", { fstab: withoutRoot, system }))[0] ?? "").not.toStartWith(
    "preflight/fstab-root-missing",
  );
});

test("another type than the layout makes; auto is any", async () => {
  expect(told(await withFstab("uefi-ext4", "/ ext4", "/ xfs"))).toEqual([
    'preflight/fstab-type-mismatch filesystem."/": the system\'s etc/fstab mounts / as xfs, but the layout makes it ext4',
  ]);
  expect(told(await withFstab("uefi-ext4", "/ ext4", "/ auto"))).toEqual([]);
});

const swappedMounts = (text: string) =>
  text
    .replace("/data0 ext4", "/data5 xxx")
    .replace("/data5 ext4", "/data0 ext4")
    .replace("/data5 xxx", "/data5 ext4");

test("mount points the other way round", async () => {
  const findings = await found("raid-data", { fstab: swappedMounts });
  expect(findings.map(({ id }) => id)).toEqual([
    "preflight/fstab-mount-mismatch",
    "preflight/fstab-mount-mismatch",
  ]);
  expect(findings[0]?.message).toContain("there");
});

test("what the system boots without is a warning", async () => {
  const findings = await withFstab("raid1-esp-each", "by-label/ESP2 ", "by-label/other ");
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/fstab-optional-mismatch", "warning"],
  ]);
});

test("a bind mount of another directory", async () => {
  expect(told(await withFstab("mounts", "/persist/srv /srv", "/persist/other /srv"))).toEqual([
    'preflight/fstab-mount-mismatch filesystem."/srv": the system\'s etc/fstab wants /persist/other (none) on /srv, but the layout puts the directory /persist/srv (bind) there',
  ]);
});

test.each([
  ["subvol=@,", "subvol=@root,", "the subvolume @root on /, but the manifest the subvolume @"],
  ["subvol=@,", "", "the top level on /, but the manifest the subvolume @"],
  ["subvol=@,", "subvolid=5,", "the top level on /, but the manifest the subvolume @"],
])("%s replaced by %s mounts another subvolume", async (old, other, message) => {
  expect(told(await withFstab("btrfs-subvolumes", old, other))).toEqual([
    `preflight/fstab-subvolume-mismatch filesystem."/": the system's etc/fstab mounts ${message}`,
  ]);
});

test.each(["subvol=/@,", "subvolid=257,"])("%s is the same, or nobody knows", async (other) => {
  expect(told(await withFstab("btrfs-subvolumes", "subvol=@,", other))).toEqual([]);
});

/** The findings with a line more in `etc/fstab`. */
async function withLine(name: LayoutName, line: string) {
  return told(await found(name, { fstab: (text) => `${text}\n${line}` }));
}

test("a device that nothing will be stops the boot, unless it may be missing", async () => {
  expect(await withLine("uefi-ext4", "LABEL=media /media ext4 defaults 0 2")).toEqual([
    'preflight/fstab-device-missing fileSystems."/media": the system\'s etc/fstab wants LABEL=media (ext4) on /media, and nothing on this machine will be that',
  ]);
  for (const options of ["nofail", "noauto", "noauto,x-systemd.automount"]) {
    expect(await withLine("uefi-ext4", `LABEL=media /media ext4 ${options} 0 2`)).toEqual([]);
  }
});

test.each([
  "server:/export /media nfs defaults 0 0",
  "//server/share /media cifs credentials=/etc/secret 0 0",
  "tmpfs /tmp tmpfs mode=1777 0 0",
  "overlay /etc overlay lowerdir=/a,upperdir=/b,workdir=/c 0 0",
  "/var/lib/media /media none bind 0 0",
])("%s needs no device", async (line) => {
  expect(await withLine("uefi-ext4", line)).toEqual([]);
});

const withoutArchive = (text: string) =>
  text.slice(0, text.indexOf("# Its table stays")) +
  text.slice(text.indexOf('[filesystem."/"]')).replace(/\[filesystem."\/archive"\][^[]*/, "");

const withArchive = (type: string) =>
  found("data-disks", {
    manifest: withoutArchive,
    fstab: (text) => text.replace("/archive ext4", `/archive ${type}`),
  });

test("what is on a disk that stays is found by label, and its type is compared", async () => {
  expect(told(await withArchive("ext4"))).toEqual([]);
  expect(told(await withArchive("xfs"))).toEqual([
    expect.stringMatching(
      /^preflight\/fstab-type-mismatch fileSystems\."\/archive": .* mounts \/dev\/vdc1 \(UUID=.*\) on \/archive as xfs, but it will carry ext4$/,
    ),
  ]);
});

test("a subvolume that nothing makes", async () => {
  expect(await withLine("btrfs-subvolumes", "LABEL=nixos /var/log btrfs subvol=@log 0 0")).toEqual([
    'preflight/fstab-subvolume-mismatch fileSystems."/var/log": the system\'s etc/fstab mounts the subvolume @log on /var/log, which nothing makes',
  ]);
  expect(
    await withLine("btrfs-subvolumes", "LABEL=nixos /.snapshots btrfs subvol=@snapshots 0 0"),
  ).toEqual([]);
});

test("a mount over the store that the manifest does not have hides the system", async () => {
  expect(await withLine("uefi-ext4", "/persist/nix /nix none bind 0 0")).toEqual([
    expect.stringMatching(/^preflight\/fstab-hides-system fileSystems\."\/nix": /),
  ]);
  expect(await withLine("uefi-ext4", "/nix/store /nix/store none bind,ro 0 0")).toEqual([]);
  expect(await withLine("bios-ext4", "LABEL=boot /boot ext4 nofail 0 2")).toEqual([
    expect.stringMatching(/^preflight\/fstab-hides-system fileSystems\."\/boot": /),
  ]);
});

test("a store that the system does not mount is an error, any other file system a warning", async () => {
  const store = await found("tmpfs-root", {
    fstab: (text) => text.replace(/.* \/nix ext4 .*/, ""),
  });
  expect(store.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/store-not-mounted", "error"],
  ]);
  const data = await found("big-disk", { fstab: (text) => text.replace(/.* \/data xfs .*/, "") });
  expect(data.map(({ id, object, severity }) => [id, object, severity])).toEqual([
    ["preflight/mount-not-in-fstab", 'filesystem."/data"', "warning"],
  ]);
});

test("what may be in something that is closed now is a warning", async () => {
  const closed = { device: "/dev/vdb", type: "crypto_LUKS", uuid: "a", size: 1 };
  const inputs = await layoutInputs("uefi-ext4");
  const [main] = inputs.facts.disks;
  if (main === undefined) throw new Error("no disk");
  const other = { ...main, path: "/dev/vdb", serial: "other", links: [], signatures: [closed] };
  const findings = await found("uefi-ext4", {
    facts: { disks: [main, other] },
    fstab: (text) => `${text}\nLABEL=media /media ext4 defaults 0 2`,
  });
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
    ["preflight/fstab-device-unknown", "warning"],
  ]);
});
