import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { disk as diskObject } from "../../../src/disk/objects/disk.ts";
import { diskState } from "../../../src/disk/partitioning/earlier-run.ts";
import { layoutTable, type TableLayout } from "../../../src/disk/partitioning/layout.ts";
import { unfinishedLayout } from "../../../src/disk/partitioning/unfinished.ts";
import { layoutProgress } from "../../../src/disk/progress.ts";
import { disksToWipe } from "../../../src/disk/safety/judge.ts";
import type { Disk } from "../../../src/facts/facts.ts";
import type { ExistingTable } from "../../../src/facts/partition-table.ts";
import { withTable, writtenTable } from "../../support/written-table.ts";
import { disk, machine } from "./safety/machine.ts";

const seed = "host";
const table = { partition: [{ name: "esp", size: "512MiB", type: "esp" }, { name: "root" }] };
const added = { table: "keep" as const, partition: [{ name: "nixos", size: "4GiB" }] };

/** What is on a disk of 20 GiB once a layout is written to it. */
function written(layout: TableLayout): ExistingTable {
  return writtenTable(layout, disk("/dev/vda"));
}

/** A disk that carries a table. */
function carrying(path: string, existing: ExistingTable): Disk {
  return withTable(disk(path), existing);
}

const blank = disk("/dev/vda");
const foreign = carrying("/dev/vda", {
  label: "gpt",
  id: "11111111-2222-4333-8444-555555555555",
  usable: { start: 2 ** 20, end: 20 * 2 ** 30 - 2 ** 20 },
  entries: 128,
  partitions: [
    {
      number: 1,
      start: 2 ** 20,
      size: 2 ** 30,
      type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
      uuid: "99999999-2222-4333-8444-555555555555",
      label: "home",
      attributes: "",
    },
  ],
});

describe.each([
  ["a new GPT", table, blank],
  [
    "a new msdos table",
    { ...table, table: "msdos" as const, partition: [{ name: "root" }] },
    blank,
  ],
  ["partitions added to a GPT", added, foreign],
])("%s", (_name, request, before) => {
  const layout = layoutTable("main", before, request, seed);

  test("is unfinished as it is written first, and made as it is in the end", () => {
    const first = carrying("/dev/vda", written(unfinishedLayout(layout)));
    const last = carrying("/dev/vda", written(layout));
    expect(diskState("main", first, request, seed)).toBe("unfinished");
    expect(diskState("main", last, request, seed)).toBe("made");
    expect(written(unfinishedLayout(layout))).not.toEqual(written(layout));
  });

  test("of another seed, or with a partition that is another, is foreign", () => {
    const there = written(layout);
    expect(diskState("main", carrying("/dev/vda", there), request, "other")).toBe("foreign");
    const partitions = there.partitions.map((each) => ({ ...each, size: each.size - 2 ** 20 }));
    const smaller = carrying("/dev/vda", { ...there, partitions });
    expect(diskState("main", smaller, request, seed)).toBe("foreign");
  });

  test("is not what was there before", () => {
    const expected = before === blank ? "blank" : "foreign";
    expect(diskState("main", before, request, seed)).toBe(expected);
  });
});

describe("several disks", () => {
  const tables = {
    one: v.parse(diskObject.schema, { device: "/dev/vda", ...table }),
    two: v.parse(diskObject.schema, { device: "/dev/vdb", ...table }),
    whole: v.parse(diskObject.schema, { device: "/dev/vdc", table: "none" }),
  };
  const layouts = {
    one: layoutTable("one", disk("/dev/vda"), table, seed),
    two: layoutTable("two", disk("/dev/vdb"), table, seed),
  };
  const made = (name: "one" | "two", path: string) => carrying(path, written(layouts[name]));
  const unfinished = (name: "one" | "two", path: string) =>
    carrying(path, written(unfinishedLayout(layouts[name])));
  const other = carrying("/dev/vdb", written(layoutTable("x", disk("/dev/vdb"), table, "other")));
  const whole = disk("/dev/vdc", {
    signatures: [{ device: "/dev/vdc", type: "ext4", size: 20 * 2 ** 30 }],
  });
  const progress = (...disks: Disk[]) => layoutProgress(tables, machine(...disks), () => seed);

  test("on which nothing is", () => {
    expect(progress(disk("/dev/vda"), disk("/dev/vdb"), disk("/dev/vdc")).state).toBe("new");
  });

  test("of which one was given its table when the run was broken off", () => {
    const disks = [unfinished("one", "/dev/vda"), disk("/dev/vdb"), disk("/dev/vdc")];
    expect(progress(...disks)).toEqual({ state: "unfinished", disks: ["/dev/vda"] });
    const wiped = disksToWipe(tables, machine(...disks), progress(...disks));
    expect(wiped.map(({ name }) => name)).toEqual(["one"]);
  });

  test("of which one was marked when the power went: everything is there", () => {
    const disks = [made("one", "/dev/vda"), unfinished("two", "/dev/vdb"), whole];
    expect(progress(...disks)).toEqual({
      state: "made",
      disks: ["/dev/vda", "/dev/vdb", "/dev/vdc"],
    });
    expect(disksToWipe(tables, machine(...disks), progress(...disks))).toEqual([]);
  });

  test("of which one was replaced by an empty one since", () => {
    expect(progress(made("one", "/dev/vda"), disk("/dev/vdb"), whole).state).toBe("new");
  });

  test("of which one is another manifest's", () => {
    expect(progress(made("one", "/dev/vda"), other, whole).state).toBe("new");
    const disks = [unfinished("one", "/dev/vda"), other, whole];
    expect(disksToWipe(tables, machine(...disks), progress(...disks))).toEqual([]);
  });
});
