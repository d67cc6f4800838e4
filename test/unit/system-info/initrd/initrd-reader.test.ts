import { expect, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import { InitrdArchives } from "../../../../src/system-info/initrd/archives.ts";
import { InitrdContents } from "../../../../src/system-info/initrd/contents.ts";
import { type CpioInput, cpioArchive } from "../../../support/cpio.ts";
import { infoOf, knowledgeOf, problemOf, scriptedInitrd, systemdInitrd } from "./initrds.ts";

/** What a program makes of its standard input. */
function filtered(argv: string[], input: Uint8Array): Buffer {
  const { stdout, exitCode } = Bun.spawnSync(argv, { stdin: input });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} failed`);
  return stdout;
}

/** The commands with which nixpkgs compresses an initrd (`initrd-compressor-meta.nix`), and lz4's two forms. */
const compressors: Readonly<Record<string, string[]>> = {
  none: ["cat"],
  gzip: ["gzip", "-9n"],
  bzip2: ["bzip2"],
  xz: ["xz", "--check=crc32", "--lzma2=dict=512KiB"],
  lzma: ["lzma", "--lzma1=dict=512KiB"],
  lz4: ["lz4", "-l"],
  zstd: ["zstd", "-q", "-10"],
};

test.each(Object.entries(compressors))(
  "an initrd is read that is compressed with %s",
  (_, argv) => {
    const bytes = filtered(argv, cpioArchive(scriptedInitrd()));
    expect(infoOf(bytes)).toEqual(infoOf(cpioArchive(scriptedInitrd())));
    expect(infoOf(bytes, 7).modules).toEqual(["ahci", "dm_crypt", "ext4"]);
  },
);

test("NixOS's script tells its modules, its lists and its programs", () => {
  expect(infoOf(cpioArchive(scriptedInitrd()))).toEqual({
    kind: "script",
    modules: ["ahci", "dm_crypt", "ext4"],
    builtinModules: ["dm_mod", "efivarfs"],
    aliases: [
      { pattern: "fs_ext4", module: "ext4" },
      { pattern: "pci:v*d*sv*sd*bc01sc06i01*", module: "ahci" },
    ],
    luksDevices: [],
    mdadmConfig: "HOMEHOST <ignore>\n",
    hasMdadm: false,
    hasLvm: true,
  });
});

test("systemd tells the devices it opens in crypttab, and none where there is none", () => {
  const crypttab = "cryptroot /dev/disk/by-uuid/6f6d - discard,tpm2-device=auto\n\n# comment\n";
  const info = infoOf(cpioArchive(systemdInitrd(crypttab)));
  expect(info.kind).toBe("systemd");
  expect(info.hasLvm).toBe(false);
  expect(info.modules).toContain("ahci");
  expect(info.luksDevices).toEqual([{ name: "cryptroot", device: "/dev/disk/by-uuid/6f6d" }]);
  expect(infoOf(cpioArchive(systemdInitrd())).luksDevices).toEqual([]);
});

test("microcode may come before, uncompressed, and archives one behind the other", () => {
  const microcode = cpioArchive([
    { path: "kernel" },
    { path: "kernel/x86/microcode/AuthenticAMD.bin", file: Buffer.alloc(5000, 7) },
  ]);
  const both = Buffer.concat([microcode, zstdCompressSync(cpioArchive(scriptedInitrd()))]);
  expect(infoOf(both, 1000)).toEqual(infoOf(cpioArchive(scriptedInitrd())));
  const second = cpioArchive([{ path: "lib/modules/6.12/xfs.ko", file: "xfs" }]);
  const frames = Buffer.concat([both, zstdCompressSync(second)]);
  expect(infoOf(frames).modules).toContain("xfs");
});

test("what a later archive holds replaces what an earlier one held", () => {
  const crypttab = { path: "etc/crypttab", file: "root /dev/vda2\n" };
  const later = { path: "etc/crypttab", file: "root /dev/vdb2\n" };
  const bytes = [cpioArchive([...systemdInitrd(), crypttab]), cpioArchive([later])];
  expect(infoOf(Buffer.concat(bytes)).luksDevices).toEqual([{ name: "root", device: "/dev/vdb2" }]);
});

test("an initrd that is cut off is unreadable wherever it is cut", () => {
  const archive = cpioArchive(scriptedInitrd());
  const end = archive.indexOf("TRAILER!!!") + 11;
  for (let length = 0; length < end; length += 97) {
    expect(problemOf(archive.subarray(0, length))).toMatch(/ends too early|\/init is neither/);
  }
  for (const [name, argv] of Object.entries(compressors)) {
    const bytes = filtered(argv, archive.subarray(0, end));
    expect(problemOf(bytes.subarray(0, bytes.length - 20)), name).not.toBe("");
  }
});

const hostile: readonly [string, readonly CpioInput[], RegExp][] = [
  ["a name that leads out", [{ path: "etc/../../init", file: "#!" }], /leads out of it/],
  ["a name of only dots", [{ path: "..", file: "x" }], /leads out of it/],
  ["a name that is too long", [{ path: "a/".repeat(4000), file: "x" }], /8001 bytes/],
  ["a link that is too long", [{ path: "init", link: "a/".repeat(4000) }], /symbolic link/],
  [
    "links in a circle",
    [
      { path: "init", link: "sbin/init" },
      { path: "sbin", link: "." },
    ],
    /\/init/,
  ],
  ["no init", [{ path: "etc" }], /\/init/],
  ["an init of somebody else", [{ path: "init", file: "\x7fELF" }], /\/init/],
  [
    "a file larger than the archive",
    [{ path: "init", file: "#!", size: 2 ** 32 - 1 }],
    /too early/,
  ],
];

test.each(hostile)("%s is refused in words", (_, entries, words) => {
  expect(problemOf(cpioArchive(entries))).toMatch(words);
});

test("what is no initrd at all is refused in words", () => {
  expect(problemOf(Buffer.alloc(0))).toMatch(/\/init/);
  expect(problemOf(Buffer.from("<html>not found</html>"))).toMatch(/neither a cpio archive/);
  expect(problemOf(Buffer.from("070701".padEnd(110, "z")))).toMatch(/header of it is damaged/);
  expect(problemOf(Buffer.from("\x89LZO\0\r\n", "latin1"))).toMatch(/lzo, which/);
  expect(problemOf(zstdCompressSync("plain text"))).toMatch(/no cpio archive/);
  expect(problemOf(zstdCompressSync(zstdCompressSync(cpioArchive([]))))).toMatch(/no cpio archive/);
});

test("an initrd that unpacks without end is given up", () => {
  const archives = new InitrdArchives(new InitrdContents(), 2 ** 20);
  const large = cpioArchive([{ path: "usr/large", file: Buffer.alloc(2 ** 20) }]);
  expect(() => archives.write(zstdCompressSync(large))).toThrow("more than 1 MiB");
  archives.close();
});

test("large files are not kept, and links only to a limit", () => {
  const modules = { path: "nix/store/x-big", file: Buffer.alloc(2 ** 24) };
  expect(infoOf(cpioArchive([...scriptedInitrd(), modules])).kind).toBe("script");
  const links = Array.from({ length: 20_000 }, (_, index) => ({
    path: `links/${index}`,
    link: "a".repeat(4000),
  }));
  expect(problemOf(cpioArchive(links))).toMatch(/larger than 64 MiB/);
});

test("nothing more is read once an initrd is known to be unreadable", () => {
  const bytes = Buffer.concat([Buffer.from("garbage!"), cpioArchive(scriptedInitrd())]);
  expect(knowledgeOf(bytes, 8)).toEqual({
    unreadable: "it is neither a cpio archive nor compressed in a way that Linux knows",
  });
});
