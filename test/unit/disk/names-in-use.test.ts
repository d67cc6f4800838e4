import { expect, test } from "bun:test";
import {
  judgeNamesInUse,
  judgePartitionIds,
  namedContent,
} from "../../../src/disk/names-in-use.ts";
import type { Facts } from "../../../src/facts/facts.ts";
import { findingText, refusalError } from "../../../src/findings/refusal-error.ts";
import { emptyDisk, machineFacts } from "../plan/inputs.ts";

const GiB = 2 ** 30;

const root = namedContent({ id: "filesystem/", device: "/dev/vda2", uuid: "abc", label: "nixos" });

/** A machine whose second disk carries something. */
const facts: Facts = {
  ...machineFacts,
  disks: [
    emptyDisk,
    {
      ...emptyDisk,
      path: "/dev/vdb",
      signatures: [
        { device: "/dev/vdb1", type: "ext4", label: "nixos", uuid: "def", size: 2 * GiB },
        { device: "/dev/vdb2", type: "xfs", label: "data", uuid: "abc", size: GiB },
      ],
    },
  ],
};

test("a label that stays on another disk is warned of", () => {
  expect(judgeNamesInUse([{ ...root, uuid: "xyz" }], [], facts).map(findingText)).toEqual([
    'filesystem."/": it has the label nixos, and so has the ext4 on /dev/vdb1 (2 GiB), which stays: by its label the installed system may find the other',
  ]);
});

test("a UUID that stays on another disk is refused", () => {
  expect(refusalError(judgeNamesInUse([root], [], facts))?.message).toBe(
    'filesystem."/": it gets the UUID abc, which the xfs on /dev/vdb2 (1 GiB) has already',
  );
});

test("what is wiped, formatted or kept under its own name is no clash", () => {
  expect(judgeNamesInUse([root], ["/dev/vdb"], facts)).toEqual([]);
  const data = namedContent({ id: "filesystem/data", device: "/dev/vdb2", label: "data" });
  const pool = namedContent({ id: "btrfs/pool", devices: ["/dev/vdb1"], label: "nixos" });
  expect(judgeNamesInUse([data, pool], [], facts)).toEqual([]);
});

test("a PARTUUID that stays on another disk is refused", () => {
  const [disk = emptyDisk] = facts.disks.slice(1);
  const existing = { number: 2, start: GiB, size: GiB, type: "83", uuid: "abc", attributes: "" };
  const table = {
    label: "gpt",
    id: "xyz",
    usable: { start: 0, end: 8 * GiB },
    entries: 128,
    partitions: [existing],
  };
  const machine = { ...facts, disks: [emptyDisk, { ...disk, table }] };
  const check = (uuid: string, ...wiped: string[]) =>
    refusalError(
      judgePartitionIds([{ id: "disk/main", partitions: [{ name: "esp", uuid }] }], wiped, machine),
    )?.message;
  expect(check("abc")).toBe(
    "disk.main: partition esp gets the PARTUUID abc, which /dev/vdb2 has already",
  );
  expect(check("abc", "/dev/vdb")).toBeUndefined();
  expect(check("def")).toBeUndefined();
});
