import { expect, test } from "bun:test";
import { checkNamesInUse, namedContent } from "../../../src/disk/names-in-use.ts";
import type { Facts } from "../../../src/facts/facts.ts";
import { emptyDisk, machineFacts } from "../plan/inputs.ts";
import { refusal } from "./objects/planning.ts";

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
  expect(checkNamesInUse([{ ...root, uuid: "xyz" }], [], facts)).toEqual([
    "filesystem/ has the label nixos, and so has the ext4 on /dev/vdb1 (2 GiB), which stays: by its label the installed system may find the other",
  ]);
});

test("a UUID that stays on another disk is refused", () => {
  expect(refusal(() => checkNamesInUse([root], [], facts))).toBe(
    "filesystem/: filesystem/ gets the UUID abc, which the xfs on /dev/vdb2 (1 GiB) has already",
  );
});

test("what is wiped, formatted or kept under its own name is no clash", () => {
  expect(checkNamesInUse([root], ["/dev/vdb"], facts)).toEqual([]);
  const data = namedContent({ id: "filesystem/data", device: "/dev/vdb2", label: "data" });
  const pool = namedContent({ id: "btrfs/pool", devices: ["/dev/vdb1"], label: "nixos" });
  expect(checkNamesInUse([data, pool], [], facts)).toEqual([]);
});
