import { expect, test } from "bun:test";
import {
  formatScript,
  type GuidPartitionTable,
  parseTable,
  tableDifference,
} from "../../../src/disk/partitioning/sfdisk.ts";

const table: GuidPartitionTable = {
  labelId: "11111111-2222-5333-8444-555555555555",
  sectorSize: 512,
  partitions: [
    {
      number: 1,
      name: "bios",
      start: 1_048_576,
      size: 1_048_576,
      type: "21686148-6449-6E6F-744E-656564454649",
      uuid: "aaaaaaaa-2222-5333-8444-555555555556",
    },
    {
      number: 2,
      name: "root",
      start: 2_097_152,
      size: 10_485_760,
      type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
      uuid: "11111111-2222-5333-8444-555555555557",
    },
  ],
};

/** Printed by sfdisk of util-linux 2.38.1 for a disk with that table. */
const output = `{
   "partitiontable": {
      "label": "gpt",
      "id": "11111111-2222-5333-8444-555555555555",
      "device": "/dev/loop0",
      "unit": "sectors",
      "firstlba": 34,
      "lastlba": 131038,
      "sectorsize": 512,
      "partitions": [
         {
            "node": "/dev/loop0p1",
            "start": 2048,
            "size": 2048,
            "type": "21686148-6449-6E6F-744E-656564454649",
            "uuid": "AAAAAAAA-2222-5333-8444-555555555556",
            "name": "bios"
         },{
            "node": "/dev/loop0p2",
            "start": 4096,
            "size": 20480,
            "type": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
            "uuid": "11111111-2222-5333-8444-555555555557",
            "name": "root"
         }
      ]
   }
}
`;

test("the script has places in sectors, as large as the disk's are", () => {
  expect(formatScript(table).split("\n")).toEqual([
    "label: gpt",
    "label-id: 11111111-2222-5333-8444-555555555555",
    "unit: sectors",
    "",
    '1: start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=AAAAAAAA-2222-5333-8444-555555555556, name="bios"',
    '2: start=4096, size=20480, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=11111111-2222-5333-8444-555555555557, name="root"',
    "",
  ]);
  expect(formatScript({ ...table, sectorSize: 4096 })).toContain("1: start=256, size=256,");
});

test("a table read back is the one that was written", () => {
  expect(tableDifference(parseTable(output), table)).toBeUndefined();
});

test("every difference to the written table is told", () => {
  const changed = (from: string, to: string) =>
    tableDifference(parseTable(output.replace(from, to)), table);
  expect(changed('"label": "gpt"', '"label": "dos"')).toBe("a dos table");
  expect(changed('"id": "1', '"id": "2')).toBe("disk GUID 21111111-2222-5333-8444-555555555555");
  expect(changed("20480", "20481")).toBe("partition 2, root");
  expect(changed('"start": 2048', '"start": 2049')).toBe("partition 1, bios");
  expect(changed("0FC63DAF", "0FC63DAE")).toBe("partition 2, root");
  expect(changed('"AAAAAAAA', '"BAAAAAAA')).toBe("partition 1, bios");
  expect(changed('"bios"', '"boot"')).toBe("partition 1, bios");
  const fewer = { ...table, partitions: table.partitions.slice(0, 1) };
  expect(tableDifference(parseTable(output), fewer)).toBe("2 partitions instead of 1");
});

test("output without a table is an error", () => {
  expect(() => parseTable("{}")).toThrow();
});
