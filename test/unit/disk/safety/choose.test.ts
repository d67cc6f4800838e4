import { describe, expect, test } from "bun:test";
import { chooseDisk, type DiskChoice } from "../../../../src/disk/safety/choose.ts";
import { globPattern, judgeMatch } from "../../../../src/disk/safety/match.ts";
import { disk, GiB, machine } from "./machine.ts";

const nvme = disk("/dev/nvme0n1", {
  size: 500 * GiB,
  serial: "S64DNF0R",
  model: "Samsung SSD 980",
  wwn: "eui.002538d411b4c3a1",
  transport: "nvme",
  busPath: "pci-0000:01:00.0-nvme-1",
});
const spinning = ["WD-1", "WD-2"].map((serial, index) =>
  disk(`/dev/sd${"ab"[index]}`, {
    size: 4000 * GiB,
    serial,
    model: "WDC WD40EFRX-68N32N0",
    transport: "sata",
    rotational: true,
    busPath: `pci-0000:00:1f.2-ata-${index + 1}.0`,
    links: [`/dev/disk/by-path/pci-0000:00:1f.2-ata-${index + 1}`],
  }),
);
const stick = disk("/dev/sdc", {
  size: 16 * GiB,
  transport: "usb",
  removable: true,
  liveUse: "/run/live/medium",
});
const facts = machine(nvme, ...spinning, stick, disk("/dev/loop0"));

/** The disk that is chosen, or the message that says why none is. */
function chosen(match: DiskChoice["match"]): string {
  const result = chooseDisk("main", { match }, facts);
  return "disk" in result ? result.disk.path : result.finding.message;
}

describe("a disk is chosen by", () => {
  const cases: readonly [string, DiskChoice["match"], string][] = [
    ["a pattern of its serial", { serial: "S64*" }, "/dev/nvme0n1"],
    ["its WWN", { wwn: "eui.002538d411b4c3a1" }, "/dev/nvme0n1"],
    ["its model", { model: "Samsung SSD ???" }, "/dev/nvme0n1"],
    ["its model as udev writes it", { model: "Samsung_SSD_980" }, "/dev/nvme0n1"],
    ["its transport", { transport: "nvme" }, "/dev/nvme0n1"],
    ["its bus path", { "bus-path": "pci-0000:00:1f.2-ata-2.*" }, "/dev/sdb"],
    ["its bus path as older udev writes it", { "bus-path": "*-ata-2" }, "/dev/sdb"],
    ["its size", { "max-size": "1TiB" }, "/dev/nvme0n1"],
    ["bounds of its size", { "min-size": "100GiB", "max-size": "1TB" }, "/dev/nvme0n1"],
    ["being rotational, and another thing", { rotational: true, serial: "*-1" }, "/dev/sda"],
    [
      "not being rotational, the live medium and loop devices left out",
      { rotational: false },
      "/dev/nvme0n1",
    ],
    [
      "the first alternative that fits one",
      [{ serial: "X" }, { rotational: true }, { serial: "WD-2" }],
      "/dev/sdb",
    ],
  ];
  for (const [name, match, path] of cases) {
    test(name, () => {
      expect(chosen(match)).toBe(path);
    });
  }
});

describe("no disk is chosen", () => {
  test("when several fit, with all disks and what speaks for and against each", () => {
    expect(chosen({ rotational: true, "min-size": "1TiB" })).toMatchSnapshot();
  });

  test("when none fits, not even the live medium, which would", () => {
    expect(chosen({ removable: true, "max-size": "32GiB" })).toMatchSnapshot();
  });

  test("when no alternative fits exactly one", () => {
    expect(
      chosen([{ serial: "S65*", transport: "nvme" }, { transport: "sata" }]),
    ).toMatchSnapshot();
  });

  test("that is read-only or has no medium, which is told", () => {
    const odd = machine(
      disk("/dev/sda", { readOnly: true, serial: "1" }),
      disk("/dev/sdb", { size: 0, serial: "1" }),
    );
    const result = chooseDisk("main", { match: { serial: "1" } }, odd);
    expect("finding" in result ? result.finding.message.split("\n") : []).toEqual([
      "`match` fits no disk:",
      "  /dev/sda (20 GiB), serial 1",
      '    for: serial 1 is "1"',
      "    against: it is read-only",
      "  /dev/sdb (0 B), serial 1",
      '    for: serial 1 is "1"',
      "    against: there is no medium in it",
    ]);
  });

  test("on a machine without disks", () => {
    const result = chooseDisk("main", { match: { serial: "1" } }, machine());
    expect("finding" in result ? result.finding.message : "").toContain("this machine has no disk");
  });
});

describe("a pattern", () => {
  const cases: readonly [string, string, boolean][] = [
    ["WD*", "WD-1", true],
    ["WD?1", "WD-1", true],
    ["WD-[0-3]", "WD-2", true],
    ["WD-[!0-3]", "WD-2", false],
    ["wd*", "WD-1", false],
    ["a.c", "abc", false],
    ["SD/MMC (x)", "SD/MMC (x)", true],
    ["[", "[", true],
    ["a\\", "a\\", true],
  ];
  for (const [pattern, text, fits] of cases) {
    test(`${pattern} ${fits ? "fits" : "does not fit"} ${text}`, () => {
      expect(globPattern(pattern).test(text)).toBe(fits);
    });
  }
});

test.each(["/dev/sda1", "/dev/disk/by-path/pci-0000:00:1f.2-ata-1-part1"])(
  "%s is a partition, and no disk is chosen by it",
  (device) => {
    const partitions = [{ path: "/dev/sda1", number: 1, size: GiB, start: 2 ** 20 }];
    const links = ["/dev/disk/by-path/pci-0000:00:1f.2-ata-1"];
    const result = chooseDisk("main", { device }, machine(disk("/dev/sda", { partitions, links })));
    expect("finding" in result ? result.finding : {}).toMatchObject({
      id: "preflight/disk-not-whole",
      message: `${device} is a partition of /dev/sda, not a whole disk`,
    });
  },
);

test("a criterion that the disk says nothing about speaks against it", () => {
  expect(judgeMatch(disk("/dev/vda"), { serial: "*" })).toEqual([
    { fits: false, text: "it has no known serial" },
  ]);
});
