import { expect, test } from "bun:test";
import { join } from "node:path";
import { readGroups } from "../../../src/facts/storage-groups.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const size = 64 * 1024;

/** What group a device is a member of whose bytes at a place are these. */
async function groupsOf(type: string, position: number, ...bytes: readonly number[]) {
  await using scratch = await scratchDirectory("groups");
  const device = join(scratch.path, "device");
  const content = Buffer.alloc(size);
  content.set(bytes, position);
  await Bun.write(device, content);
  const groups = await readGroups([{ device, type, size }]);
  return groups.map(({ kind, uuid }) => ({ kind, uuid }));
}

test("members of an Intel RAID are known by the number of their family", async () => {
  const position = size - 1024 + 0x28;
  expect(await groupsOf("isw_raid_member", position, 0x12, 0x34, 0x56, 0x78)).toEqual([
    { kind: "array", uuid: "12345678" },
  ]);
});

test("a cache of bcache and what it caches are known by their set, if there is one", async () => {
  const set = Array.from({ length: 16 }, (_, index) => index);
  expect(await groupsOf("bcache", 4096 + 56, ...set)).toEqual([
    { kind: "bcache", uuid: "000102030405060708090a0b0c0d0e0f" },
  ]);
  expect(await groupsOf("bcache", 4096 + 40, ...set)).toEqual([]);
});
