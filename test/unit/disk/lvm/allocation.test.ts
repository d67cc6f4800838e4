import { describe, expect, test } from "bun:test";
import {
  type ExtentRange,
  extentSize,
  type PhysicalExtents,
  physicalExtents,
  placeVolumes,
  type VolumeRequest,
} from "../../../../src/disk/lvm/allocation.ts";

const one: PhysicalExtents[] = [{ device: "a", extents: 100 }];
const two: PhysicalExtents[] = [
  { device: "a", extents: 100 },
  { device: "b", extents: 60 },
];

function fixed(name: string, extents: number, layout: VolumeRequest["layout"] = "linear") {
  return { name, layout, size: { kind: "fixed", bytes: extents * extentSize } } as const;
}

function percent(name: string, value: number, layout: VolumeRequest["layout"] = "linear") {
  return { name, layout, size: { kind: "percent", percent: value } } as const;
}

function rest(name: string, layout: VolumeRequest["layout"] = "linear") {
  return { name, layout, size: { kind: "rest" } } as const;
}

function show({ device, first, last }: ExtentRange): string {
  return `${device}:${first}-${last}`;
}

/** The volumes with their extents and places; for a shortage its volume and numbers. */
function placed(devices: readonly PhysicalExtents[], ...requests: VolumeRequest[]) {
  const result = placeVolumes(devices, requests);
  if ("volume" in result) return result;
  return Object.fromEntries(
    result.map(({ name, extents, ranges }) => [name, `${extents}: ${ranges.map(show).join(" ")}`]),
  );
}

test("fixed sizes, percentages and the rest come out the same in any order", () => {
  const requests = [rest("home"), percent("var", 25), fixed("root", 10)];
  const expected = { root: "10: a:25-34", var: "25: a:0-24", home: "65: a:35-99" };
  expect(placed(one, ...requests)).toEqual(expected);
  expect(Object.keys(placed(one, ...requests.toReversed()))).toEqual(["root", "var", "home"]);
  expect(placed(one, ...requests.toReversed())).toMatchObject({ home: expected.home });
});

test("a volume may lie on several devices", () => {
  expect(placed(two, fixed("root", 130))).toEqual({ root: "130: a:0-99 b:0-29" });
});

describe("raid1", () => {
  test("has a copy and an extent of metadata on each of two devices, and is placed first", () => {
    expect(placed(two, rest("home"), fixed("root", 50, "raid1"))).toEqual({
      root: "50: a:0-50 b:0-50",
      home: "58: a:51-99 b:51-59",
    });
  });

  test("of a percentage counts both copies, as lvcreate does", () => {
    expect(placed(two, percent("root", 50, "raid1"))).toEqual({ root: "39: a:0-39 b:0-39" });
  });

  test("takes the rest as far as both devices have it", () => {
    expect(placed(two, rest("root", "raid1"))).toEqual({ root: "59: a:0-59 b:0-59" });
  });

  test("that only one device has room for is a shortage", () => {
    expect(placed(two, fixed("root", 70, "raid1"))).toEqual({
      volume: "root",
      needed: 71,
      devices: 2,
      available: 60,
    });
  });
});

test("stripes are of one size on all devices", () => {
  expect(placed(two, fixed("data", 31, "striped"))).toEqual({ data: "32: a:0-15 b:0-15" });
  expect(placed(two, rest("data", "striped"))).toEqual({ data: "120: a:0-59 b:0-59" });
});

test("a thin pool takes its metadata twice beside its data", () => {
  const [pool] = [placeVolumes(one, [rest("pool", "thin-pool")])].flat();
  expect(pool).toMatchObject({ extents: 98, metadataExtents: 1 });
  const large = [{ device: "a", extents: 2 ** 20 }];
  const [largePool] = [placeVolumes(large, [rest("pool", "thin-pool")])].flat();
  expect(largePool).toMatchObject({ extents: 2 ** 20 - 64, metadataExtents: 32 });
});

test("no volume gets extents of another, and what is left over is nobody's", () => {
  const result = placeVolumes(two, [
    rest("e"),
    percent("d", 10, "thin-pool"),
    fixed("c", 8, "striped"),
    fixed("b", 9),
    fixed("a", 12, "raid1"),
  ]);
  if ("volume" in result) throw new Error(`no room for ${result.volume}`);
  const taken = result.flatMap(({ ranges }) =>
    ranges.flatMap(({ device, first, last }) =>
      Array.from({ length: last - first + 1 }, (_, index) => `${device}${first + index}`),
    ),
  );
  expect(new Set(taken).size).toBe(taken.length);
  expect(taken.length).toBe(160);
});

test("a volume that is larger than the group, or gets nothing, is a shortage with the numbers", () => {
  expect(placed(one, fixed("root", 101))).toEqual({
    volume: "root",
    needed: 101,
    devices: 1,
    available: 100,
  });
  expect(placed(one, fixed("root", 100), rest("home"))).toMatchObject({
    volume: "home",
    available: 0,
  });
});

test("a device loses one MiB for metadata and what is no whole extent", () => {
  expect(physicalExtents(300 * 2 ** 20)).toBe(74);
  expect(physicalExtents(2 ** 19)).toBe(0);
});
