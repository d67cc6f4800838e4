import { describe, expect, test } from "bun:test";
import type { DiskTable } from "../../../../src/disk/objects/disk.ts";
import { chooseDisk } from "../../../../src/disk/safety/choose.ts";
import { judgeDisks } from "../../../../src/disk/safety/judge.ts";
import type { Facts } from "../../../../src/facts/facts.ts";
import { refusalError } from "../../../../src/findings/refusal-error.ts";
import { disk, GiB, machine } from "./machine.ts";

function table(device: string, wipe = false): DiskTable {
  return { device, wipe, partition: [{ name: "root", type: "linux" }] };
}

/** The message of the error that a manifest with `disk.main` gets. */
function refusal(facts: Facts, main: DiskTable): string {
  return refusalError(judgeDisks({ main }, facts))?.message ?? "accepted";
}

const system = disk("/dev/nvme0n1", {
  model: "Samsung SSD 980",
  serial: "S64DNF0R",
  transport: "nvme",
  links: ["/dev/disk/by-id/nvme-Samsung_SSD_980_S64DNF0R", "/dev/disk/by-path/pci-0000:01:00.0"],
});

const used = disk("/dev/sda", {
  partitions: [
    { path: "/dev/sda1", number: 1, start: 2 ** 20, size: GiB },
    { path: "/dev/sda2", number: 2, start: 2 * GiB, size: 18 * GiB },
  ],
  signatures: [
    { device: "/dev/sda", type: "dos", size: 20 * GiB },
    { device: "/dev/sda1", type: "ext4", label: "photos", size: GiB },
    { device: "/dev/sda2", type: "crypto_LUKS", size: 18 * GiB },
  ],
});

describe("a disk is accepted", () => {
  test("when it is blank", () => {
    expect(refusal(machine(disk("/dev/vda")), table("/dev/vda"))).toBe("accepted");
  });

  test("when it is not, with wipe = true", () => {
    expect(refusal(machine(used), table("/dev/sda", true))).toBe("accepted");
  });
});

describe("a disk is refused", () => {
  test("that is not there, with all disks there are", () => {
    const facts = machine(system, disk("/dev/sdb"));
    const error = refusalError(judgeDisks({ main: table("/dev/vda") }, facts));
    expect(error?.reason).toBe("refused");
    expect(error?.object).toBe("disk.main");
    expect(error?.message.split("\n")).toEqual([
      "disk.main: there is no disk /dev/vda; the disks of this machine are:",
      "  /dev/nvme0n1 (20 GiB), Samsung SSD 980, serial S64DNF0R, nvme, " +
        "/dev/disk/by-id/nvme-Samsung_SSD_980_S64DNF0R",
      "  /dev/sdb (20 GiB)",
    ]);
  });

  test("that is a partition", () => {
    expect(refusal(machine(used), table("/dev/sda1"))).toBe(
      "disk.main: /dev/sda1 is a partition of /dev/sda, not a whole disk",
    );
  });

  test("that holds something, without wipe = true, with what it holds", () => {
    expect(judgeDisks({ main: table("/dev/sda") }, machine(used))).toEqual([
      {
        id: "preflight/disk-not-empty",
        severity: "error",
        object: "disk.main",
        message: [
          "/dev/sda is not empty",
          "/dev/sda (20 GiB): dos",
          '  /dev/sda1 (1 GiB): ext4 "photos"',
          "  /dev/sda2 (18 GiB): crypto_LUKS",
        ].join("\n"),
        hint: "Write `wipe = true` for this disk to destroy everything on it.",
      },
    ]);
  });

  test("that holds partitions of which none has a known signature", () => {
    const facts = machine(disk("/dev/sda", { partitions: used.partitions }));
    expect(refusal(facts, table("/dev/sda"))).toContain("/dev/sda is not empty");
  });

  test("that nobody could look into", () => {
    const facts = machine(disk("/dev/vda", { signatures: undefined }));
    for (const more of [{}, { wipe: true }, { table: "keep" as const }]) {
      expect(refusal(facts, { ...table("/dev/vda"), ...more })).toStartWith(
        "disk.main: it cannot be told what is on /dev/vda",
      );
    }
  });

  test("in use, without wipe = true, with the tree of what uses it", () => {
    const busy = disk("/dev/sda", {
      ...used,
      holders: [
        { kind: "swap", device: "/dev/sda1", name: "/dev/sda1" },
        { kind: "device-mapper", device: "/dev/sda2", name: "crypt", path: "/dev/dm-0" },
        { kind: "device-mapper", device: "/dev/dm-0", name: "vg-data", path: "/dev/dm-1" },
        { kind: "mount", device: "/dev/dm-1", name: "/srv/data" },
      ],
    });
    expect(refusal(machine(busy), table("/dev/sda")).split("\n")).toEqual([
      "disk.main: /dev/sda is in use",
      "/dev/sda (20 GiB): dos",
      '  /dev/sda1 (1 GiB): ext4 "photos"',
      "    swapped to as /dev/sda1",
      "  /dev/sda2 (18 GiB): crypto_LUKS",
      "    used by the mapping crypt",
      "      used by the mapping vg-data",
      "        mounted on /srv/data",
    ]);
    expect(refusal(machine(busy), table("/dev/sda", true))).toBe("accepted");
  });

  test("open exclusively in another program, also with wipe = true, with the program", () => {
    const holders = [
      { kind: "exclusive-open" as const, device: "/dev/sda", name: "dd (process 7)" },
    ];
    expect(refusal(machine(disk("/dev/sda", { holders })), table("/dev/sda", true))).toContain(
      "/dev/sda is in use: open exclusively in dd (process 7)",
    );
  });

  test("that is a path of a multipath device, also with wipe = true", () => {
    const holders = [
      {
        kind: "device-mapper" as const,
        device: "/dev/sda",
        name: "mpatha",
        path: "/dev/dm-0",
        uuid: "mpath-36005",
      },
    ];
    expect(refusal(machine(disk("/dev/sda", { holders })), table("/dev/sda", true))).toBe(
      "disk.main: /dev/sda is one path of several to the multipath device mpatha",
    );
  });

  test("that is reached by another path too, whatever that is used for", () => {
    const identity = { wwn: "0x60014051", serial: "36001405" };
    const holders = [{ kind: "mount" as const, device: "/dev/sdb", name: "/srv/data" }];
    const [one, two] = [disk("/dev/sda", identity), disk("/dev/sdb", { ...identity, holders })];
    expect(refusal(machine(one, two), table("/dev/sda", true))).toBe(
      "disk.main: /dev/sda and /dev/sdb are one disk (WWN 0x60014051) that is reached by several paths",
    );
    const twin = disk("/dev/sdb", { ...identity, serial: "36001406" });
    expect(refusal(machine(one, twin), table("/dev/sda", true))).toBe("accepted");
  });

  test("without a medium", () => {
    expect(refusal(machine(disk("/dev/sdc", { size: 0 })), table("/dev/sdc"))).toBe(
      "disk.main: there is no medium in /dev/sdc",
    );
  });

  test("that the live system runs from", () => {
    const holders = [{ kind: "mount" as const, device: "/dev/sdb1", name: "/run/live/medium" }];
    const partitions = [{ path: "/dev/sdb1", number: 1, start: 0, size: GiB }];
    const liveUse = "/run/live/medium";
    const facts = machine(disk("/dev/sdb", { holders, partitions, liveUse }));
    expect(refusal(facts, table("/dev/sdb", true))).toContain(
      "/dev/sdb is in use: the live system runs from it (/run/live/medium)",
    );
  });

  test("that is read-only, or too small", () => {
    const facts = machine(disk("/dev/sda", { readOnly: true, size: 2 ** 20 }));
    expect(refusal(facts, table("/dev/sda")).split("\n")).toEqual([
      "disk.main: /dev/sda is read-only",
      "disk.main: partition root of disk.main does not fit: the partitions would end at 2 MiB, the disk has " +
        "room up to 1 MiB, 1 MiB are missing",
    ]);
  });

  test("that is not the only one of its name", () => {
    const link = "/dev/disk/by-id/wwn-0x5000";
    const facts = machine(disk("/dev/sda", { links: [link] }), disk("/dev/sdb", { links: [link] }));
    const message = refusal(facts, table(link));
    expect(message).toStartWith(`disk.main: ${link} means several disks:\n`);
    expect(message).toContain("/dev/sda (");
    expect(message).toContain("/dev/sdb (");
  });

  test("that another table of the manifest means too, by another name", () => {
    const facts = machine(system);
    const [link = ""] = system.links;
    const tables = { main: table("/dev/nvme0n1"), data: table(link) };
    expect(refusalError(judgeDisks(tables, facts))?.message).toBe(
      "disk.data: disk.main and disk.data are the same device, /dev/nvme0n1",
    );
  });
});

test("a disk is found by its node and by each of its links", () => {
  const facts = machine(system);
  for (const name of [system.path, ...system.links]) {
    expect(chooseDisk("main", { device: name }, facts)).toEqual({ disk: system });
  }
  expect(chooseDisk("main", { device: "/dev/disk/by-id/other" }, facts)).toHaveProperty("finding");
});

test("a disk named by the kernel's order gets a warning with its stable name", () => {
  const [warning, ...others] = judgeDisks({ main: table("/dev/nvme0n1") }, machine(system));
  expect(others).toEqual([]);
  expect(warning).toMatchObject({
    severity: "warning",
    object: "disk.main",
    message: "/dev/nvme0n1 may be another disk after the next boot",
    hint: 'Write device = "/dev/disk/by-id/nvme-Samsung_SSD_980_S64DNF0R".',
  });
  const [link = ""] = system.links;
  expect(judgeDisks({ main: table(link) }, machine(system))).toEqual([]);
});
