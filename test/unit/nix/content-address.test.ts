import { describe, expect, test } from "bun:test";
import {
  contentAddressedPath,
  parseContentAddress,
  proofByContent,
} from "../../../src/nix/content-address.ts";
import { FileHashSink } from "../../../src/nix/file-hash-sink.ts";
import { parseHash, sha256 } from "../../../src/nix/hash.ts";
import { NarParser } from "../../../src/nix/nar.ts";
import { NarWriter } from "../../../src/nix/nar-writer.ts";
import { parseNarInfo } from "../../../src/nix/narinfo.ts";
import { StorePath } from "../../../src/nix/store-path.ts";
import { nar, narDirectory, narFile, narSymlink } from "../../support/nar.ts";
import { narinfos, withLine } from "./vectors.ts";

const proof = (text: string) => proofByContent(parseNarInfo(text));

describe("content-addressed paths", () => {
  test("are proven by their NAR hash, or by that of their one file", () => {
    expect(proof(narinfos.directory)).toEqual({ kind: "nar-hash" });
    expect(proof(narinfos.text)).toEqual({
      kind: "file-hash",
      hash: parseHash("sha256:198ljl8xyj9nk2qa68kbj0kgpmv8f930y9g6kd17cwlkr5hz4dz0"),
    });
    expect(proof(narinfos.file)).toEqual({ kind: "file-hash", hash: sha256("hello\n") });
    expect(proof(narinfos.sha1File)).toEqual({
      kind: "file-hash",
      hash: parseHash("sha1:iwjz551fyw0cxcjgf4l6c879zabd6wpm"),
    });
  });

  test("need a signature where their NAR hash proves nothing", () => {
    expect(proof(narinfos.sha1Directory)).toBeUndefined();
  });

  test("need a signature without a content address", () => {
    for (const text of Object.values(narinfos)) {
      expect(proof(withLine(text, "CA", undefined))).toBeUndefined();
    }
  });

  test("need a signature if the path does not follow", () => {
    for (const text of Object.values(narinfos)) {
      const { storePath, references } = parseNarInfo(text);
      const renamed = `StorePath: ${storePath.toString()}x`;
      expect(proof(withLine(text, "StorePath", renamed))).toBeUndefined();
      const more = [
        ...references.map(({ baseName }) => baseName),
        "7am52wcvq0mjsrqq04c1n7znnxmxvh5r-more",
      ];
      expect(proof(withLine(text, "References", `References: ${more.join(" ")}`))).toBeUndefined();
      const itself = `References: ${storePath.baseName}`;
      expect(proof(withLine(text, "References", itself))).toBeUndefined();
    }
    expect(proof(withLine(narinfos.text, "References", "References: "))).toBeUndefined();
    expect(
      proof(
        withLine(
          narinfos.file,
          "CA",
          "CA: fixed:r:sha256:00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq",
        ),
      ),
    ).toBeUndefined();
    expect(
      proof(
        withLine(
          narinfos.file,
          "CA",
          "CA: text:sha256:00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq",
        ),
      ),
    ).toBeUndefined();
  });

  test("need a signature if their NAR is another", () => {
    const other = "NarHash: sha256:04zwf782yjwnh3q6hz5izfd6jyip8kgw6g6yj43fiqhbyhdd0dqw";
    expect(proof(withLine(narinfos.directory, "NarHash", other))).toBeUndefined();
  });

  test("need a signature if the content address is malformed", () => {
    for (const address of [
      "fixed",
      "fixed:",
      "fixed:r:",
      "fixed:r:blake3:00",
      "magic:sha256:00",
      "text:sha256:0",
      "fixed:x:sha256:00",
      "fixed:git:sha1:iwjz551fyw0cxcjgf4l6c879zabd6wpm",
    ]) {
      expect(() => parseContentAddress(address)).toThrow(/is not|unknown/);
      expect(proof(withLine(narinfos.directory, "CA", `CA: ${address}`))).toBeUndefined();
    }
  });

  test("exist only with the hashes and references that Nix has them with", () => {
    const { storePath, references } = parseNarInfo(narinfos.text);
    const path = (address: string, others: readonly StorePath[]) =>
      contentAddressedPath(storePath.name, parseContentAddress(address), others, storePath);
    const nix32 = "198ljl8xyj9nk2qa68kbj0kgpmv8f930y9g6kd17cwlkr5hz4dz0";
    const sha1 = "iwjz551fyw0cxcjgf4l6c879zabd6wpm";
    expect(path(`text:sha256:${nix32}`, references)).toEqual(storePath);
    expect(path(`text:sha1:${sha1}`, references)).toBeUndefined();
    expect(path(`text:sha256:${nix32}`, [...references, storePath])).toBeUndefined();
    expect(path(`fixed:r:sha256:${nix32}`, [...references, storePath])).toBeDefined();
    expect(path(`fixed:r:sha1:${sha1}`, references)).toBeUndefined();
    expect(path(`fixed:sha256:${nix32}`, [storePath])).toBeUndefined();
  });

  test("are read with every method", () => {
    const digits = "00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq";
    const methods = { text: "text", fixed: "flat", "fixed:r": "nar" };
    for (const [prefix, method] of Object.entries(methods)) {
      const address = parseContentAddress(`${prefix}:sha256:${digits}`);
      expect<string>(address.method).toBe(method);
      expect(address.hash).toEqual(parseHash(`sha256:${digits}`));
    }
  });

  test("with a reference to themselves need a signature", () => {
    const info = parseNarInfo(narinfos.directory);
    expect(
      proofByContent({ ...info, references: [new StorePath(info.storePath.baseName)] }),
    ).toBeUndefined();
  });
});

function unpack(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  const writer = new NarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  const parser = new NarParser(new FileHashSink(writer, sha256("hello\n")));
  parser.write(bytes);
  parser.end();
  writer.end();
  return Buffer.concat(chunks);
}

describe("FileHashSink", () => {
  test("passes on a file that has the hash", () => {
    const bytes = nar(narFile("hello\n"));
    expect(unpack(bytes)).toEqual(bytes);
  });

  test("refuses everything else", () => {
    expect(() => unpack(nar(narFile("hello")))).toThrow("the contents have the hash sha256:");
    expect(() => unpack(nar(narFile("hello\n", true)))).toThrow("it is executable");
    expect(() => unpack(nar(narDirectory()))).toThrow("is a directory");
    expect(() => unpack(nar(narSymlink("hello\n")))).toThrow("is a symbolic link");
  });
});
