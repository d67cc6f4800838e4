import { expect, test } from "bun:test";
import * as v from "valibot";
import { isVolumeOf, volumePath } from "../../../../src/disk/lvm/configuration.ts";
import { groupDifference } from "../../../../src/disk/lvm/report.ts";
import { lvm } from "../../../../src/disk/objects/lvm.ts";
import { findingText } from "../../../../src/findings/refusal-error.ts";
import { formatCommand } from "../../../../src/run/command.ts";
import { emptyDisk, machineFacts } from "../../plan/inputs.ts";
import { partition, planContext, refusal } from "./planning.ts";

const devices = [partition(1), partition(2, { disks: ["/dev/vdb"] })];

function plan(volume: readonly object[], facts = machineFacts, on = ["main.p1", "main.p2"]) {
  return lvm.plan(
    "my-vg",
    v.parse(lvm.schema, { devices: on, volume }),
    planContext(devices, facts),
  );
}

const volumes = [
  { name: "home" },
  { name: "pool", type: "thin-pool", size: "25%" },
  { name: "root-fs", size: "1GiB" },
  { name: "safe", size: "100MiB", type: "raid1" },
  { name: "fast", size: "100MiB", type: "striped" },
  { name: "vm", size: "64GiB", type: "thin", pool: "pool" },
];

/** The commands of a group, one a line, without the configuration. */
function commands(): string[] {
  return plan(volumes).steps.flatMap((step) =>
    lvm.step
      .commands(step)
      .map((argv) =>
        formatCommand(argv.filter((word) => word !== "--config" && word !== step.configuration)),
      ),
  );
}

test("physical volumes, group and volumes are made without a question, each at the place that was planned", () => {
  expect(commands()).toMatchInlineSnapshot(`
    [
      "pvcreate --yes --norestorefile --uuid dc9b57-3b6a-ef5b-fa9b-2ac6-74a1-90325a --dataalignment 1048576b /dev/vda1",
      "pvcreate --yes --norestorefile --uuid d8c6bb-5faf-db5b-d9a9-ae61-2774-8458a1 --dataalignment 1048576b /dev/vda2",
      "vgcreate --yes --physicalextentsize 4194304b my-vg /dev/vda1 /dev/vda2",
      "lvcreate --yes --zero y --wipesignatures y --name safe --type raid1 --mirrors 1 --extents 25 my-vg /dev/vda1:0-25 /dev/vda2:0-25",
      "lvcreate --yes --zero y --wipesignatures y --name fast --type striped --stripes 2 --extents 26 my-vg /dev/vda1:26-38 /dev/vda2:26-38",
      "lvcreate --yes --zero y --name pool --type thin-pool --poolmetadatasize 4194304b --extents 509 my-vg /dev/vda1:39-549",
      "lvcreate --yes --zero y --wipesignatures y --name root-fs --type linear --extents 256 my-vg /dev/vda1:550-805",
      "lvcreate --yes --zero y --wipesignatures y --name home --type linear --extents 1201 my-vg /dev/vda1:806-1022 /dev/vda2:39-1022",
      "lvcreate --yes --wipesignatures y --name vm --type thin --virtualsize 68719476736b --thinpool pool my-vg",
      "lvs --reportformat json --units b --nosuffix --options lv_name,lv_size my-vg",
    ]
  `);
});

test("every program gets the same configuration: only its own devices, nothing of the host, no daemon", () => {
  const [step] = plan(volumes).steps;
  expect(step?.configuration).toMatchInlineSnapshot(
    `"devices{use_devicesfile=0 filter=["a|^/dev/vda1$|","a|^/dev/vda2$|","r|.*|"] global_filter=["a|.*|"]} global{system_id_source="none" use_lvmlockd=0} backup{backup=0 archive=0} activation{monitoring=0}"`,
  );
  for (const argv of lvm.step.commands(step ?? expect.unreachable())) {
    expect(argv.slice(1, 3)).toEqual(["--config", step?.configuration ?? ""]);
  }
});

test("without udev LVM makes the nodes, and without thin_check no pool is checked", () => {
  const { thin_check: _, ...tools } = machineFacts.tools;
  const facts = {
    ...machineFacts,
    tools,
    liveSystem: { ...machineFacts.liveSystem, udev: false },
  };
  const [step] = plan(volumes, facts).steps;
  expect(step?.configuration).toContain("udev_sync=0 udev_rules=0");
  expect(step?.configuration).toContain('thin_check_executable=""');
});

test("volumes are known by their names, pools are not, and thin ones have their virtual size", () => {
  const { devices: given } = plan(volumes);
  const sizes = given.map(({ reference, path, size }) => [reference, path, size / 2 ** 20]);
  expect(sizes).toEqual([
    ["my-vg.safe", "/dev/mapper/my--vg-safe", 100],
    ["my-vg.fast", "/dev/mapper/my--vg-fast", 104],
    ["my-vg.root-fs", "/dev/mapper/my--vg-root--fs", 1024],
    ["my-vg.home", "/dev/mapper/my--vg-home", 4804],
    ["my-vg.vm", "/dev/mapper/my--vg-vm", 64 * 1024],
  ]);
  expect(given[0]?.disks).toEqual(["/dev/vda", "/dev/vdb"]);
});

test("a pool that promises more than it has is warned of", () => {
  expect(plan(volumes).findings?.map(findingText).join()).toStartWith(
    "lvm.my-vg: the volumes in the thin pool pool appear to have 64 GiB, the pool has ",
  );
});

/** The kernel modules of a group with these volumes. */
function modulesOf(volume: readonly object[]) {
  return plan(volume).steps.flatMap((step) => lvm.step.kernelModules?.(step));
}

test("a group needs only the kernel modules of its volumes", () => {
  expect(modulesOf([{ name: "root" }])).toEqual(["dm-mod"]);
  expect(modulesOf(volumes)).toEqual(["dm-mod", "dm-raid", "raid1", "dm-thin-pool"]);
});

test("what does not fit is refused with the numbers, whatever the order", () => {
  const tooMuch = [{ name: "home" }, { name: "root", size: "9GiB" }];
  expect(refusal(() => plan(tooMuch))).toBe(
    "lvm.my-vg: lvm.my-vg: volume root needs 9 GiB, but 8.0 GiB are left of the 8.0 GiB of the group",
  );
  const mirror = [{ name: "root", size: "5GiB", type: "raid1" }];
  expect(refusal(() => plan(mirror))).toContain(
    "needs 5.0 GiB on each of 2 devices, but they have 4.0 GiB left",
  );
  expect(
    refusal(() => plan([{ name: "root", type: "raid1" }], machineFacts, ["main.p1"])),
  ).toContain("volume root is raid1 and needs two devices, but the group has one");
});

test("a thin volume without its pool, and a group of different sectors, are refused", () => {
  const thin = [{ name: "root", type: "thin", size: "1GiB", pool: "pool" }];
  expect(refusal(() => plan(thin))).toContain("the thin pool pool, which the group does not have");
  const mixed = [partition(1), partition(2, { sectorSize: 4096 })];
  const table = v.parse(lvm.schema, {
    devices: ["main.p1", "main.p2"],
    volume: [{ name: "root" }],
  });
  expect(refusal(() => lvm.plan("vg", table, planContext(mixed)))).toContain(
    "LVM makes no group of devices with different sectors",
  );
});

test("a group is refused whose name a group on another disk has, however it is called in device-mapper", () => {
  const group = {
    kind: "volume-group" as const,
    device: "/dev/sdx2",
    uuid: "u-u-i-d",
    name: "my-vg",
    member: "m",
  };
  const facts = { ...machineFacts, disks: [{ ...emptyDisk, path: "/dev/sdx", groups: [group] }] };
  expect(refusal(() => plan([{ name: "root" }], facts))).toContain(
    "/dev/sdx2 belongs to another volume group of the name my-vg",
  );
  // On the disk that the new group is on too, in a partition that stays.
  const beside = { ...machineFacts, disks: [{ ...emptyDisk, groups: [group] }] };
  expect(refusal(() => plan([{ name: "root" }], beside))).toContain("/dev/sdx2 belongs to another");
  const table = v.parse(lvm.schema, { devices: ["main.p1"], volume: [{ name: "root" }] });
  const wiped = planContext(devices, beside, [], [emptyDisk.path]);
  expect(refusal(() => lvm.plan("my-vg", table, wiped))).toBe("accepted");
});

test("a group cannot have the name of something else in /dev", () => {
  for (const name of ["mapper", "md", "vda", "nvme0n1", "loop1", "disk"]) {
    expect(lvm.kind.refusesName?.(name)).toBe(`/dev/${name} is something else already`);
  }
  for (const name of ["vg", "main", "data", "mdadm", "sda-vg"]) {
    expect(lvm.kind.refusesName?.(name)).toBeUndefined();
  }
});

test("dashes of names are doubled in device-mapper, and told from those of other groups", () => {
  expect(volumePath("a-b", "c-d")).toBe("/dev/mapper/a--b-c--d");
  expect(isVolumeOf("a", "a-root")).toBe(true);
  expect(isVolumeOf("a", "a--x-root")).toBe(false);
  expect(isVolumeOf("a-x", "a--x-root")).toBe(true);
});

test.each([
  [{ name: "a_tmeta" }, "expected a name that LVM does not keep for itself"],
  [
    { name: "a", size: "120%" },
    'expected a size such as "20GiB", or a part of the group such as "50%"',
  ],
  [
    { name: "a", type: "thin", pool: "p" },
    'expected the size that the thin volume appears to have, such as "20GiB"',
  ],
  [
    { name: "a", pool: "p" },
    "expected the name of a thin pool for a thin volume, and none for others",
  ],
])("%j is no volume", (volume, message) => {
  const { issues = [] } = v.safeParse(lvm.schema, { devices: ["a"], volume: [volume] });
  expect(issues.map((issue) => issue.message)).toContain(message);
});

test("a volume that is missing or of another size is found", () => {
  const text = JSON.stringify({ report: [{ lv: [{ lv_name: "root", lv_size: "4194304" }] }] });
  const difference = (name: string, size: number) => groupDifference(text, "vg", [{ name, size }]);
  expect(difference("root", 4194304)).toBeUndefined();
  expect(difference("root", 8388608)).toBe(
    "the volume root of vg has 4194304 bytes instead of 8388608",
  );
  expect(difference("home", 4194304)).toBe("the volume group vg has no volume home");
});
