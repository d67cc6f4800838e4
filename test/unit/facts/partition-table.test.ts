import { expect, test } from "bun:test";
import { parsePartitionTable } from "../../../src/facts/partition-table.ts";

const MiB = 2 ** 20;

/** Printed by sfdisk of util-linux 2.38.1, shortened. */
const gpt = `{
   "partitiontable": {
      "label": "gpt",
      "id": "11111111-2222-5333-8444-AAAAAAAAAAAA",
      "device": "/dev/loop0",
      "unit": "sectors",
      "firstlba": 2048,
      "lastlba": 131038,
      "sectorsize": 512,
      "partitions": [
         {
            "node": "/dev/loop0p12",
            "start": 4096,
            "size": 20480,
            "type": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
            "uuid": "11111111-2222-5333-8444-555555555557",
            "name": "a \\"ä\\"",
            "attrs": "RequiredPartition GUID:60,63"
         },{
            "node": "/dev/loop0p1",
            "start": 2048,
            "size": 2048,
            "type": "773f91ef-66d4-49b5-bd83-d683bf40ad16",
            "uuid": "AAAAAAAA-2222-5333-8444-555555555556"
         }
      ]
   }
}
`;

const dos = `{
   "partitiontable": {
      "label": "dos",
      "id": "0x1234abcd",
      "device": "/dev/sda",
      "unit": "sectors",
      "sectorsize": 512,
      "partitions": [
         { "node": "/dev/sda1", "start": 63, "size": 20480, "type": "83", "bootable": true },
         { "node": "/dev/sda12", "start": 40960, "size": 2048, "type": "8E" }
      ]
   }
}
`;

test("a GUID partition table is read by number, in bytes", () => {
  expect(parsePartitionTable(gpt, { size: 64 * MiB, logicalSectorSize: 512 })).toEqual({
    label: "gpt",
    id: "11111111-2222-5333-8444-aaaaaaaaaaaa",
    usable: { start: MiB, end: 131_039 * 512 },
    entries: 128,
    partitions: [
      {
        number: 1,
        start: MiB,
        size: MiB,
        type: "773F91EF-66D4-49B5-BD83-D683BF40AD16",
        uuid: "aaaaaaaa-2222-5333-8444-555555555556",
        attributes: "",
      },
      {
        number: 12,
        start: 2 * MiB,
        size: 10 * MiB,
        type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        uuid: "11111111-2222-5333-8444-555555555557",
        label: 'a "ä"',
        attributes: "RequiredPartition GUID:60,63",
      },
    ],
  });
  const large = parsePartitionTable(gpt, { size: 512 * MiB, logicalSectorSize: 4096 });
  expect(large.partitions[1]).toMatchObject({ start: 16 * MiB, size: 80 * MiB });
});

test("an msdos table is read with the PARTUUIDs that the kernel and blkid show", () => {
  expect(parsePartitionTable(dos, { size: 64 * MiB, logicalSectorSize: 512 })).toEqual({
    label: "dos",
    id: "1234abcd",
    usable: { start: 512, end: 64 * MiB },
    entries: 4,
    partitions: [
      {
        number: 1,
        start: 63 * 512,
        size: 10 * MiB,
        type: "83",
        uuid: "1234abcd-01",
        attributes: "boot",
      },
      { number: 12, start: 20 * MiB, size: MiB, type: "8e", uuid: "1234abcd-0c", attributes: "" },
    ],
  });
});

test("a larger table says how many entries it has", () => {
  const text = gpt.replace('"sectorsize"', '"table-length": "256", "sectorsize"');
  expect(parsePartitionTable(text, { size: 64 * MiB, logicalSectorSize: 512 }).entries).toBe(256);
});

test("output without a table is an error", () => {
  expect(() => parsePartitionTable("{}", { size: MiB, logicalSectorSize: 512 })).toThrow();
});
