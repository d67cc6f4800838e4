import { expect, test } from "bun:test";
import { judgeLostFiles } from "../../../../src/disk/safety/lost-files.ts";
import { disk } from "./machine.ts";

const sda = disk("/dev/sda", {
  holders: [{ kind: "mount", device: "/dev/sda1", name: "/mnt/usb" }],
});
const sdb = disk("/dev/sdb", {
  holders: [{ kind: "mount", device: "/dev/sdb1", name: "/mnt/usb/other" }],
});
const facts = { disks: [sda, sdb] };

/** What is said of a tarball at this path when `/dev/sda` is wiped. */
function messages(path: string): string[] {
  const files = [{ object: "portable-store.tarball", path }];
  return judgeLostFiles(files, [{ name: "main", disk: sda }], facts).map(({ message }) => message);
}

test("a file that is needed must not lie on a disk that is wiped", () => {
  expect(messages("/mnt/usb/nix.tar.xz")).toEqual([
    "/mnt/usb/nix.tar.xz lies on /dev/sda (mounted on /mnt/usb), which disk.main wipes",
  ]);
  expect(messages("/mnt/usb/other/nix.tar.xz")).toEqual([]);
  expect(messages("/root/nix.tar.xz")).toEqual([]);
});
