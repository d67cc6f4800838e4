import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { disk } from "../../../../src/disk/objects/disk.ts";
import { parsePartitionSize } from "../../../../src/disk/partitioning/partition-size.ts";
import {
  partitionTypeId,
  partitionTypeName,
} from "../../../../src/disk/partitioning/partition-types.ts";

/** What is wrong with a `[disk.NAME]`: the key and what was expected. */
function problems(table: object): string[] {
  const result = v.safeParse(disk.schema, { device: "/dev/sda", ...table });
  return (result.issues ?? []).map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
}

/** The keys of a partition that are wrong. */
function keys(fields: object): (string | undefined)[] {
  const partition = [{ name: "a", ...fields }];
  return problems({ table: "keep", partition }).map((problem) => problem.split(": ")[0]);
}

function many(count: number): object[] {
  return Array.from({ length: count }, (_item, index) => ({ name: `p${index}`, size: "1MiB" }));
}

const one = [{ name: "a" }];

describe("a disk of the manifest", () => {
  test("needs partitions unless it is used as it is", () => {
    expect(problems({})).toEqual([
      'partition: expected at least one partition, or table = "none" to use the disk itself as a device',
    ]);
    expect(problems({ table: "none" })).toEqual([]);
    expect(problems({ table: "none", partition: one })).toEqual([
      'partition: expected no partitions with table = "none": the disk itself is the device',
    ]);
    expect(problems({ table: "keep", partition: one })).toEqual([]);
    expect(problems({ table: "keep", wipe: true, partition: one })).toEqual([
      'wipe: expected false with table = "keep": nothing is erased',
    ]);
  });

  test("has no more partitions than its table holds", () => {
    expect(problems({ partition: many(128) })).toEqual([]);
    expect(problems({ partition: many(129) })).toEqual([
      "partition.128: expected at most 128 partitions, for which GPT has room",
    ]);
    expect(problems({ table: "msdos", partition: many(4) })).toEqual([]);
    expect(problems({ table: "msdos", partition: many(5) })).toEqual([
      "partition.4: expected at most 4 partitions: logical ones of msdos tables are not supported, " +
        "GPT has room for 128",
    ]);
  });

  test("has partitions with what its table knows", () => {
    const uuid = "12345678-1234-4234-8234-123456789ABC";
    const gpt = { name: "a", type: uuid, label: "a b", uuid, attributes: ["hidden"] };
    expect(problems({ partition: [gpt] })).toEqual([]);
    expect(problems({ table: "msdos", partition: [gpt] })).toEqual([
      expect.stringContaining("partition.0.type: expected a type that msdos tables have: esp,"),
      'partition.0.attributes: expected those that msdos tables have: "boot"',
      "partition.0.label: expected none: msdos tables have no names for partitions",
      "partition.0.uuid: expected none: in msdos tables it is the disk's identifier and the number",
    ]);
    const msdos = { name: "a", type: "0x8e", attributes: ["boot"] };
    expect(problems({ table: "msdos", partition: [msdos] })).toEqual([]);
    expect(problems({ table: "msdos", partition: [msdos, { ...msdos, name: "b" }] })).toEqual([
      'partition.1.attributes: expected "boot" on one partition only: a BIOS starts from one',
    ]);
    expect(problems({ partition: [{ ...msdos, uuid: "1234abcd-01", keep: true }] })).toEqual([
      'partition.0.keep: expected true only with table = "keep" for the disk',
      "partition.0.type: expected a name or a GUID: numbers are types of msdos tables",
      expect.stringContaining("partition.0.attributes: expected those that gpt tables have"),
      "partition.0.uuid: expected a GUID for GPT",
    ]);
  });
});

describe("a partition of the manifest", () => {
  test("has a label that can be written: 36 UTF-16 units, no control characters, no emoji", () => {
    expect(keys({ label: "ä".repeat(36) })).toEqual([]);
    expect(keys({ label: "ä".repeat(37) })).toEqual(["partition.0.label"]);
    expect(keys({ label: "a\tb" })).toEqual(["partition.0.label"]);
    expect(keys({ label: "😀" })).toEqual(["partition.0.label"]);
    expect(keys({ label: "" })).toEqual(["partition.0.label"]);
  });

  test("is aligned where it is new, and anywhere where it is kept", () => {
    expect(keys({ start: "32256B", keep: true })).toEqual([]);
    expect(keys({ start: "32256B" })).toEqual(["partition.0.start"]);
    expect(keys({ start: "5GiB" })).toEqual([]);
  });

  test("has a number only where it is kept, and then no part of the disk as its size", () => {
    expect(keys({ number: 3, keep: true, size: "5GiB" })).toEqual([]);
    expect(keys({ number: 3 })).toEqual(["partition.0.number"]);
    expect(keys({ number: 0, keep: true })).toEqual(["partition.0.number"]);
    expect(keys({ size: "5%", keep: true })).toEqual(["partition.0.size"]);
    expect(keys({ size: "-5GiB", keep: true })).toEqual(["partition.0.size"]);
  });
});

test("a size is one of four things", () => {
  expect(parsePartitionSize(undefined)).toEqual({ kind: "rest", less: 0 });
  expect(parsePartitionSize("-8GiB")).toEqual({ kind: "rest", less: 8 * 2 ** 30 });
  expect(parsePartitionSize("12.5%")).toEqual({ kind: "percent", percent: 12.5 });
  expect(parsePartitionSize("1 kB")).toEqual({ kind: "fixed", bytes: 1000 });
  for (const text of ["", "0%", "101%", "-5%", "--5MiB", "5", "-0MiB", "rest", "1e3%"]) {
    expect(parsePartitionSize(text)).toBeUndefined();
  }
});

test("a type is a name, a GUID or a number", () => {
  const guid = "0fc63daf-8483-4772-8e79-3d69d8477de4";
  expect(partitionTypeId("gpt", guid)).toBe(guid.toUpperCase());
  expect(partitionTypeId("gpt", "linux")).toBe(guid.toUpperCase());
  expect(partitionTypeId("gpt", "0x83")).toBeUndefined();
  expect(partitionTypeId("msdos", "linux")).toBe("83");
  expect(partitionTypeId("msdos", "0X0C")).toBe("c");
  for (const type of ["0x0", "0x123", guid, "home", "toString"]) {
    expect(partitionTypeId("msdos", type)).toBeUndefined();
  }
  expect([guid.toUpperCase(), "83", "ab"].map(partitionTypeName)).toEqual([
    "linux",
    "linux",
    "0xab",
  ]);
});
