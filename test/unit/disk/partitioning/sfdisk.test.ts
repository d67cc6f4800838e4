import { expect, test } from "bun:test";
import type { TableLayout } from "../../../../src/disk/partitioning/layout.ts";
import { formatScript, tableDifference } from "../../../../src/disk/partitioning/sfdisk.ts";
import type { ExistingTable } from "../../../../src/facts/partition-table.ts";
import { blankDisk, diskWith, existing, GiB, layout, MiB, partition } from "./inputs.ts";

const uuids = [
  "aaaaaaaa-2222-5333-8444-555555555556",
  "11111111-2222-5333-8444-555555555557",
] as const;

const table = layout(blankDisk(GiB), [
  partition("bios", "1MiB", { type: "bios-boot", uuid: uuids[0] }),
  partition("root", "10MiB", { uuid: uuids[1], attributes: ["legacy-boot", "hidden"] }),
]);

function lines(what: TableLayout, sectorSize = 512): string[] {
  return formatScript({ ...what, labelId: what.labelId.slice(0, 8) }, sectorSize).split("\n");
}

test("the script has places in sectors, as large as the disk's are", () => {
  expect(lines(table)).toEqual([
    "label: gpt",
    `label-id: ${table.labelId.slice(0, 8).toUpperCase()}`,
    "unit: sectors",
    "",
    '1: start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=AAAAAAAA-2222-5333-8444-555555555556, name="bios"',
    '2: start=4096, size=20480, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=11111111-2222-5333-8444-555555555557, name="root", attrs="LegacyBIOSBootable GUID:62"',
    "",
  ]);
  expect(lines(table, 4096)[4]).toStartWith("1: start=256, size=256,");
});

test("a name is written so that nothing in it means anything to sfdisk", () => {
  const [named] = layout(blankDisk(GiB), [
    partition("a", "1MiB", { label: 'a "b" \\, #c=ä$`' }),
  ]).partitions;
  const script = formatScript({ ...table, partitions: named === undefined ? [] : [named] }, 512);
  expect(script).toContain('name="a \\x22b\\x22 \\x5c\\x2c \\x23c\\x3d\\xc3\\xa4\\x24\\x60"');
});

test("the script of an msdos table marks the partition to boot from", () => {
  const msdos = layout(
    blankDisk(GiB),
    [partition("boot", "1MiB", { attributes: ["boot"] }), partition("root", "10MiB")],
    { table: "msdos" },
  );
  expect(lines(msdos)).toEqual([
    "label: dos",
    `label-id: 0x${msdos.labelId}`,
    "unit: sectors",
    "",
    "1: start=2048, size=2048, type=83, bootable",
    "2: start=4096, size=20480, type=83",
    "",
  ]);
});

test("the script for a table that is kept has the new partitions alone", () => {
  const added = layout(diskWith(GiB, [existing(1, 1, 10)]), [partition("root", "10MiB")], {
    table: "keep",
  });
  expect(lines(added).map((line) => line.replace(/uuid=\S+/, "uuid=…"))).toEqual([
    "unit: sectors",
    "",
    '2: start=22528, size=20480, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=… name="root"',
    "",
  ]);
});

test("every difference to the table that is to be there is told", () => {
  const [bios, root] = table.partitions.map(({ name: _name, ...shown }) => shown);
  if (bios === undefined || root === undefined) throw new Error("there are no partitions");
  const usable = { start: MiB, end: GiB };
  const good: ExistingTable = {
    label: "gpt",
    id: table.labelId,
    usable,
    entries: 128,
    partitions: [bios, root],
  };
  const difference = (fields: Partial<ExistingTable>) =>
    tableDifference({ ...good, ...fields }, table);
  expect(difference({})).toBeUndefined();
  expect(difference({ label: "dos" })).toBe("a dos table");
  expect(difference({ id: "x" })).toBe("disk identifier x");
  expect(difference({ partitions: [bios] })).toBe("partition 2 is missing");
  expect(difference({ partitions: [bios, root, existing(3, 20, 1)] })).toBe(
    "3 partitions instead of 2",
  );
  const changes = [
    { start: 3 * MiB },
    { size: 11 * MiB },
    { type: "X" },
    { uuid: uuids[0] },
    { label: "boot" },
    { attributes: "" },
  ];
  for (const change of changes) {
    expect(difference({ partitions: [bios, { ...root, ...change }] })).toBe("partition 2");
  }
});
