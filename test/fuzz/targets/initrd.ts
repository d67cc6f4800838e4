import { gzipSync } from "node:zlib";
import { InitrdReader } from "../../../src/system-info/initrd/initrd-reader.ts";
import { readModuleIndex } from "../../../src/system-info/initrd/module-index.ts";
import { cpioArchive } from "../../support/cpio.ts";
import type { Random } from "../engine/random.ts";
import { must, pieces, Refusal, type Target } from "../engine/target.ts";

/** What errors of the language itself say, and no message for people. */
const accident = /undefined|is not a function|not an object|out of bounds|call stack|null is not/i;

/** An index of modules as depmod writes it: one node with a prefix and a value. */
const index = Buffer.concat([
  Buffer.from("b007f45700020001", "hex"),
  Buffer.from("c000000c", "hex"),
  Buffer.from("pci_v1\0"),
  Buffer.from("0000000100000000", "hex"),
  Buffer.from("virtio_pci\0"),
]);

const archive = cpioArchive([
  { path: "." },
  { path: "init", file: "#!/bin/sh\n# NixOS Stage 1\ncryptsetup luksOpen /dev/sda1 root\n" },
  { path: "bin/lvm", link: "/nix/store/x" },
  { path: "lib/modules/6.12/kernel/ext4.ko.xz", file: "x" },
  { path: "lib/modules/6.12/modules.alias", file: "alias pci:v1* virtio_pci\n" },
  { path: "lib/modules/6.12/modules.builtin.alias.bin", file: index },
]);

function read(chunks: Iterable<Uint8Array>) {
  const reader = new InitrdReader();
  try {
    for (const chunk of chunks) reader.write(chunk);
    return reader.end();
  } finally {
    reader.close();
  }
}

/** Initrds: archives of cpio, one behind the other, of which the last may be compressed. Nothing is ever thrown. */
export const initrdTarget: Target = {
  name: "initrd",
  seeds: () => [
    archive,
    Buffer.concat([archive, gzipSync(archive)]),
    Buffer.concat([archive, Buffer.alloc(512), archive]),
    cpioArchive([{ path: "init", link: "/nix/store/s/lib/systemd/systemd" }]),
    cpioArchive([{ path: "../evil", file: "x" }]),
  ],
  dictionary: [
    "070701",
    "070702",
    "TRAILER!!!\0",
    "init\0",
    "etc/crypttab\0",
    "../",
    "ffffffff",
  ].concat([
    "lib/modules/",
    "modules.alias.bin\0",
    "modules.builtin.bin\0",
    "000081a4",
    "0000a1ff",
    "\0",
  ]),
  milliseconds: 1500,
  run: (input: Buffer, random: Random) => {
    const whole = read([input]);
    const inPieces = read(pieces(input, random));
    // Which of several problems is found first depends on the pieces.
    const areBothRefused = "unreadable" in whole && "unreadable" in inPieces;
    must(
      areBothRefused || Bun.deepEquals(whole, inPieces),
      "in several pieces something else comes out",
    );
    if (!("unreadable" in whole)) return;
    must(!accident.test(whole.unreadable), `it says ${whole.unreadable}`);
    throw new Refusal(whole.unreadable);
  },
};

/** The indexes of modules in an initrd. */
export const moduleIndexTarget: Target = {
  name: "module-index",
  seeds: () => [index],
  dictionary: [
    "\u00b0\u0007\u00f4\u0057",
    "\u0080\0\0\u000c",
    "\u0020\0\0\u000c",
    "\u00e0\0\0\u000c",
  ],
  milliseconds: 1500,
  run: (input) => {
    try {
      readModuleIndex(input);
    } catch (error) {
      if (error instanceof Error && error.constructor === Error) throw new Refusal(error);
      throw error;
    }
  },
};
