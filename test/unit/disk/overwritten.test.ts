import { expect, test } from "bun:test";
import { judgeOverwritten } from "../../../src/disk/overwritten.ts";
import { findingText } from "../../../src/findings/refusal-error.ts";
import { emptyDisk, machineFacts } from "../plan/inputs.ts";

test("what is on a kept partition that is formatted is told before it is destroyed", () => {
  const signatures = [
    { device: "/dev/vda1", type: "vfat", label: "SYSTEM", size: 1 },
    { device: "/dev/vda1", type: "vfat", label: "SYSTEM", size: 1 },
    { device: "/dev/vda3", type: "ntfs", size: 1 },
  ];
  const facts = { ...machineFacts, disks: [{ ...emptyDisk, signatures }] };
  const formatted = [
    { object: 'filesystem."/boot"', path: "/dev/vda1" },
    { object: "luks.crypt", path: "/dev/vda3" },
    { object: "swap.main", path: "/dev/vda4" },
  ];
  expect(judgeOverwritten(formatted, facts).map(findingText)).toEqual([
    'filesystem."/boot": it is made anew: what is on /dev/vda1 is destroyed (vfat "SYSTEM")',
    "luks.crypt: it is made anew: what is on /dev/vda3 is destroyed (ntfs)",
    "swap.main: it is made anew: what is on /dev/vda4 is destroyed (nothing known)",
  ]);
});
