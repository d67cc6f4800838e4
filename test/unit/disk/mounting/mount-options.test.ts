import { expect, test } from "bun:test";
import { liveOptions } from "../../../../src/disk/mounting/mount-options.ts";

test("what says only when and by whom a file system is mounted is left to the installed system", () => {
  const options = ["defaults", "noatime", "nofail", "x-systemd.automount", "compress=zstd"];
  expect(liveOptions([...options, "_netdev", "user", "X-mount.mkdir", "comment=data"])).toEqual([
    "noatime",
    "compress=zstd",
  ]);
  // What only begins like one of these is the kernel's.
  expect(liveOptions(["user_xattr", "usrquota", "autodefrag", "group_id=5"])).toEqual([
    "user_xattr",
    "usrquota",
    "autodefrag",
    "group_id=5",
  ]);
});
