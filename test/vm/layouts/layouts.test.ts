import { test } from "bun:test";
import { type LayoutName, layoutNames } from "../../system/layouts.ts";
import { scenarioTimeout } from "../scenarios/scenario.ts";
import { expectLayout } from "./install-layout.ts";
import { Slots } from "./slots.ts";

/**
 * What `npm test` boots: both firmwares, and LUKS, LVM, RAID, btrfs, tmpfs and swap at least once. `npm run test:vm:all`
 * sets `LANDFALL_LAYOUTS=all` and boots every layout. `docs/layouts.md` says which is which.
 */
const frequent: readonly LayoutName[] = [
  "hybrid-grub",
  "swap",
  "btrfs-subvolumes",
  "luks-lvm",
  "lvm",
  "raid1-esp-each",
  "tmpfs-root",
  "mounts",
  "data-disks",
];

const names = process.env.LANDFALL_LAYOUTS === "all" ? layoutNames : frequent;

/** On two processors, two machines at a time take the least time together. */
const slots = new Slots(2);

for (const name of names) {
  test.concurrent(
    `${name}: what is installed boots from its own disks and reports what the manifest says`,
    () => slots.run(() => expectLayout(name)),
    // The time in which a test waits for its turn counts too.
    scenarioTimeout * names.length,
  );
}
