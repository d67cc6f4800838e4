import { expect, test } from "bun:test";
import { readModuleIndex } from "../../../../src/system-info/initrd/module-index.ts";

const magic = [0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1];
const [prefix, values, children] = [0x80, 0x40, 0x20];

/** The number of a node at an offset, with its flags in the first byte. */
function node(flags: number, offset: number): number[] {
  return [flags, 0, 0, offset];
}

function text(value: string): number[] {
  return [...Buffer.from(`${value}\0`)];
}

function bytes(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

/** `ext2` with the value `ext2`, and `ext4` with two, below a node `ext` that has none. */
const index = bytes(
  magic,
  node(prefix | children, 12),
  // 12
  text("ext"),
  [0x32, 0x34, ...node(values, 30), ...node(0, 0), ...node(values, 43)],
  // 30
  [0, 0, 0, 1, 0, 0, 0, 0, ...text("ext2")],
  // 43
  [0, 0, 0, 2, 0, 0, 0, 0, ...text("ext4"), 0, 0, 0, 1, ...text("jbd2")],
);

test("an index has keys with values, by their prefixes", () => {
  const entries = readModuleIndex(index).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  expect(entries).toEqual([
    { key: "ext2", values: ["ext2"] },
    { key: "ext4", values: ["ext4", "jbd2"] },
  ]);
});

test("depmod's index of nothing is an empty file", () => {
  expect(readModuleIndex(new Uint8Array(0))).toEqual([]);
});

test("an index that is cut off, odd or runs in circles is refused", () => {
  for (let length = 1; length < index.length; length += 1) {
    expect(() => readModuleIndex(index.subarray(0, length))).toThrow();
  }
  expect(() => readModuleIndex(Buffer.from("kernel/fs/ext4/ext4.ko\n"))).toThrow("damaged");
  const circle = bytes(magic, node(children, 12), [0x61, 0x61, ...node(children, 12)]);
  expect(() => readModuleIndex(circle)).toThrow("damaged");
  const endless = bytes(magic, node(prefix, 12), Array<number>(9000).fill(0x61));
  expect(() => readModuleIndex(endless)).toThrow("damaged");
});

test.each([
  ["values", bytes(magic, node(values, 12), [0, 0, 0, 9])],
  ["the number of values", bytes(magic, node(values, 12))],
  ["children", bytes(magic, node(children, 12), [0x20, 0x7e, 0, 0])],
  ["the range of children", bytes(magic, node(children, 200))],
])("an index that ends before its %s is told in words", (_, damaged) => {
  expect(() => readModuleIndex(damaged)).toThrow("an index of its modules is damaged");
});
