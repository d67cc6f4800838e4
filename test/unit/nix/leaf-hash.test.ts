import { expect, test } from "bun:test";
import { LeafHasher } from "../../../src/nix/leaf-hash.ts";
import { NarWriter } from "../../../src/nix/nar-writer.ts";

/** The SHA-256 of a whole NAR, in hexadecimal. */
function narHash(fill: (writer: NarWriter) => void): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const writer = new NarWriter((chunk) => hasher.update(chunk));
  fill(writer);
  writer.end();
  return hasher.digest("hex");
}

const root = Buffer.alloc(0);

test.each([0, 1, 7, 8, 9, 65_536, 200_001])(
  "is that of the NAR of a file of %d bytes, in whatever pieces they come",
  (size) => {
    const contents = Buffer.alloc(size, "contents");
    for (const executable of [false, true]) {
      const hasher = new LeafHasher(executable ? "executable" : "file", size);
      hasher.update(contents.subarray(0, Math.floor(size / 3)));
      hasher.update(contents.subarray(Math.floor(size / 3)));
      const expected = narHash((writer) => {
        writer.startFile(root, size, executable);
        if (size > 0) writer.fileData(contents);
        writer.endFile();
      });
      expect(Buffer.from(hasher.digest()).toString("hex")).toBe(expected);
    }
  },
);

test.each(["x", "../lib/a", "/nix/store/é"])("is that of the NAR of a link to %s", (text) => {
  const target = Buffer.from(text);
  const hasher = new LeafHasher("symlink", target.length);
  hasher.update(target);
  const expected = narHash((writer) => writer.symlink(root, target));
  expect(Buffer.from(hasher.digest()).toString("hex")).toBe(expected);
});
