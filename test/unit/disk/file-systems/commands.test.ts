import { describe, expect, test } from "bun:test";
import type { NewFileSystem } from "../../../../src/disk/file-systems/file-system-type.ts";
import { fileSystemType } from "../../../../src/disk/file-systems/index.ts";
import { fitsFat32 } from "../../../../src/disk/file-systems/vfat.ts";
import { formatCommand } from "../../../../src/run/command.ts";

const MiB = 2 ** 20;

/** The command for a file system of some type, as a user could type it. */
function command(type: string, changes: Partial<NewFileSystem> = {}): string {
  const fileSystem = {
    device: "/dev/vda1",
    uuid: "11111111-2222-5333-8444-555555555555",
    size: 512 * MiB,
    sectorSize: 512,
    mkfsOptions: [],
    ...changes,
  };
  return formatCommand(fileSystemType(type).maker?.command(fileSystem) ?? []);
}

const ext4Features =
  "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super," +
  "large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

describe("vfat", () => {
  const uuid = "1A2B-3C4D";

  test("is FAT32 from the size on at which it can be", () => {
    expect(command("vfat", { uuid, label: "ESP" })).toBe(
      "mkfs.vfat -F 32 -i 1A2B3C4D -n ESP /dev/vda1",
    );
    expect(command("vfat", { uuid, size: 32 * MiB })).toBe("mkfs.vfat -i 1A2B3C4D /dev/vda1");
    expect([fitsFat32(32 * MiB, 512), fitsFat32(33 * MiB, 512)]).toEqual([false, true]);
    expect([fitsFat32(256 * MiB, 4096), fitsFat32(257 * MiB, 4096)]).toEqual([false, true]);
  });

  test("takes the last word from the manifest", () => {
    expect(command("vfat", { uuid, size: 32 * MiB, mkfsOptions: ["-F", "16"] })).toBe(
      "mkfs.vfat -i 1A2B3C4D -F 16 /dev/vda1",
    );
  });
});

describe("ext4", () => {
  test("has only features that old kernels know", () => {
    expect(command("ext4", { label: "nixos" })).toBe(
      `mkfs.ext4 -q -F -b 4096 -I 256 -O ${ext4Features} -E lazy_itable_init=1,lazy_journal_init=1 ` +
        "-U 11111111-2222-5333-8444-555555555555 -L nixos /dev/vda1",
    );
  });

  test("gets further features besides its own, and further options after them", () => {
    expect(command("ext4", { mkfsOptions: ["-m", "0", "-O", "casefold", "-O^64bit"] })).toBe(
      `mkfs.ext4 -q -F -b 4096 -I 256 -O '${ext4Features},casefold,^64bit' ` +
        "-E lazy_itable_init=1,lazy_journal_init=1 -U 11111111-2222-5333-8444-555555555555 -m 0 /dev/vda1",
    );
  });
});

describe("xfs", () => {
  const uuid = "uuid=11111111-2222-5333-8444-555555555555";

  test("names only features that its mkfs.xfs knows", () => {
    const old = `mkfs.xfs -q -f -m ${uuid},crc=1,finobt=1,reflink=1,rmapbt=0`;
    expect(command("xfs")).toBe(`${old} -i sparse=1 /dev/vda1`);
    expect(command("xfs", { makerVersion: "4.20.0" })).toBe(`${old} -i sparse=1 /dev/vda1`);
    expect(command("xfs", { makerVersion: "5.18.0", label: "data" })).toBe(
      `${old},inobtcount=0,bigtime=0 -i sparse=1 -L data /dev/vda1`,
    );
    expect(command("xfs", { makerVersion: "6.1.0" })).toBe(
      `${old},inobtcount=0,bigtime=0 -i sparse=1,nrext64=0 /dev/vda1`,
    );
    expect(command("xfs", { makerVersion: "6.18.0" })).toBe(
      `${old},inobtcount=0,bigtime=0 -i sparse=1,nrext64=0,exchange=0 -n parent=0 /dev/vda1`,
    );
  });

  test("leaves to the manifest what it names, since mkfs.xfs takes nothing twice", () => {
    const mkfsOptions = ["-m", "bigtime=1,inobtcount=1", "-i", "size=1024"];
    expect(command("xfs", { makerVersion: "6.1.0", mkfsOptions })).toBe(
      `mkfs.xfs -q -f -m ${uuid},crc=1,finobt=1,reflink=1,rmapbt=0 -i sparse=1,nrext64=0 ` +
        "-m bigtime=1,inobtcount=1 -i size=1024 /dev/vda1",
    );
  });
});

test("btrfs has profiles and features that do not depend on the version of mkfs.btrfs", () => {
  const uuid = "-U 11111111-2222-5333-8444-555555555555";
  expect(command("btrfs", { makerVersion: "6.2", label: "nixos" })).toBe(
    `mkfs.btrfs -q -f ${uuid} -d single -m dup -L nixos /dev/vda1`,
  );
  expect(command("btrfs", { makerVersion: "6.19" })).toBe(
    `mkfs.btrfs -q -f ${uuid} -d single -m dup -O '^block-group-tree' /dev/vda1`,
  );
  expect(command("btrfs", { mkfsOptions: ["-M"] })).toBe(
    `mkfs.btrfs -q -f ${uuid} -d single -m single -M /dev/vda1`,
  );
});

describe("f2fs", () => {
  test("has no feature but those of the manifest", () => {
    expect(command("f2fs", { label: "nixos", mkfsOptions: ["-O", "extra_attr,compression"] })).toBe(
      "mkfs.f2fs -q -f -U 11111111-2222-5333-8444-555555555555 -l nixos -O extra_attr,compression /dev/vda1",
    );
  });
});
