import { describe, expect, test } from "bun:test";
import { formatHash } from "../../../src/nix/hash.ts";
import { parseNarInfo } from "../../../src/nix/narinfo.ts";
import { formatRegistration, parseRegistration } from "../../../src/nix/registration.ts";
import { narinfos } from "./vectors.ts";

// As `nix-store --dump-db` of Nix 2.8.0 wrote it.
const dump = `/nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt
2ca0b8ce996f865db37619bfe91023559305aad8158042fc6ddb0ef1d43c5b67
120

0
/nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt
039913922362b554489ac3c7b4c33bf439d9105e50dee09f36790478212ecb1f
176

1
/nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt
`;

const deriver = "/nix/store/7am52wcvq0mjsrqq04c1n7znnxmxvh5r-outer.drv";

describe("registration texts", () => {
  test("are read as nix-store --dump-db writes them", () => {
    const [inner, outer] = parseRegistration(dump);
    expect(inner?.references).toEqual([]);
    expect(outer?.storePath.name).toBe("outer.txt");
    expect(outer?.narHash && formatHash(outer.narHash)).toBe(
      "sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683",
    );
    expect(outer?.narSize).toBe(176);
    expect(outer?.deriver).toBeUndefined();
    expect(outer?.references.map(({ name }) => name)).toEqual(["inner.txt"]);
  });

  test("are read as closureInfo and the tarball's .reginfo have them", () => {
    const hashes = [
      "sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683",
      "sha256-A5kTkiNitVRImsPHtMM79DnZEF5Q3uCfNnkEeCEuyx8=",
      "07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683",
    ];
    for (const hash of hashes) {
      const text = dump.replace(/^0399.*$/m, hash);
      expect(parseRegistration(text)).toEqual(parseRegistration(dump));
    }
  });

  test("are read without hashes, with derivers and without", () => {
    const text = dump
      .replaceAll(/^[0-9a-f]{64}\n\d+\n/gm, "")
      .replace("outer.txt\n\n", `outer.txt\n${deriver}\n`);
    const [inner, outer] = parseRegistration(text);
    expect([inner?.narHash, inner?.narSize, inner?.deriver]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([outer?.narHash, outer?.narSize]).toEqual([undefined, undefined]);
    expect(outer?.deriver?.toString()).toBe(deriver);
    expect(outer?.references.map(({ name }) => name)).toEqual(["inner.txt"]);
  });

  test("may be of no path at all", () => {
    expect(parseRegistration("")).toEqual([]);
    expect(formatRegistration([])).toBe("");
  });

  test("are written as nix-store --dump-db writes them", () => {
    expect(formatRegistration([parseNarInfo(narinfos.text)])).toBe(
      dump.slice(dump.indexOf("/nix/store/n9pl")),
    );
    const withDeriver = parseNarInfo(`${narinfos.file}Deriver: ${deriver.slice(11)}\n`);
    expect(formatRegistration([withDeriver]).split("\n")[3]).toBe(deriver);
  });

  test("are refused when they are cut off, at any byte but between two paths", () => {
    const paths = new Set([0, dump.indexOf("/nix/store/n9pl")]);
    for (let length = 0; length < dump.length; length++) {
      if (paths.has(length)) continue;
      expect(() => parseRegistration(dump.slice(0, length))).toThrow("registration");
    }
  });

  const malformed: Record<string, [text: string, message: string]> = {
    "a path twice": [
      dump + dump,
      "line 12: /nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt comes twice",
    ],
    "something that is no path": [`x\n${dump}`, "line 1: "],
    "a hash that is none": [dump.replace(/^2ca0/m, "xxxx"), "line 2: "],
    "a hash of another kind": [
      dump.replace(/^2ca0.*$/m, "md5:3jgzhjhz9zjvbb0kyj7jc500ch"),
      "line 2: md5 instead of sha256",
    ],
    "a size that is none": [dump.replace("\n120\n", "\n12O\n"), 'line 3: "12O" is not a number'],
    "a deriver that is no path": [dump.replace("\n\n0\n", "\nunknown\n0\n"), "line 4: "],
    "a count that is none": [dump.replace("\n\n0\n", "\n\n-1\n"), 'line 5: "-1" is not a number'],
    "fewer references than counted": [
      dump.replace("\n\n1\n", "\n\n2\n"),
      "it ends in the middle of a path",
    ],
    "more references than counted": [dump.replace("\n\n1\n", "\n\n0\n"), "comes twice"],
  };
  for (const [name, [text, message]] of Object.entries(malformed)) {
    test(`are refused with ${name}`, () => expect(() => parseRegistration(text)).toThrow(message));
  }
});
