import { describe, expect, test } from "bun:test";
import { decodeNix32, encodeNix32 } from "../../../src/nix/base32.ts";
import {
  equalHashes,
  formatHash,
  formatHashBase16,
  formatHashSri,
  isHashAlgorithm,
  parseHash,
  sha256,
} from "../../../src/nix/hash.ts";
import { randomNumbers } from "../../support/nar-tree.ts";

// From nix-hash (Nix 2.8.0) of nothing and of "abc": base 16, base 32, SRI.
const vectors = [
  "md5 d41d8cd98f00b204e9800998ecf8427e 3y8bwfr609h3lh9ch0izcqq7fl md5-1B2M2Y8AsgTpgAmY7PhCfg==",
  "md5 900150983cd24fb0d6963f7d28e17f72 3jgzhjhz9zjvbb0kyj7jc500ch md5-kAFQmDzST7DWlj99KOF/cg==",
  "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709 143xibwh31h9bvxzalr0sjvbbvpa6ffs sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
  "sha1 a9993e364706816aba3e25717850c26c9cd0d89d kpcd173cq987hw957sx6m0868wv3x6d9 sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
  "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73 sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
  "sha512 cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e 0zdl9zrg8r3i9c1g90lgg9ip5ijzv3yhz91i0zzn3r8ap9ws784gkp9dk9j3aglhgf1amqb0pj21mh7h1nxcl18akqvvf7ggqsy30yg sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
];

describe("hashes", () => {
  for (const vector of vectors) {
    const [algorithm = "", hex = "", nix32 = "", sri = ""] = vector.split(" ");
    test(`${algorithm} ${nix32} is the same in every encoding`, () => {
      expect(isHashAlgorithm(algorithm)).toBe(true);
      const base64 = sri.slice(algorithm.length + 1);
      for (const text of [
        `${algorithm}:${nix32}`,
        `${algorithm}:${hex}`,
        `${algorithm}:${hex.toUpperCase()}`,
        `${algorithm}:${base64}`,
        sri,
      ]) {
        const hash = parseHash(text);
        expect(formatHash(hash)).toBe(`${algorithm}:${nix32}`);
        expect(formatHashBase16(hash)).toBe(`${algorithm}:${hex}`);
        expect(formatHashSri(hash)).toBe(sri);
      }
    });
  }

  test("sha256 hashes text and bytes", () => {
    const abc = "sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s";
    expect(formatHash(sha256("abc"))).toBe(abc);
    expect(formatHash(sha256(Buffer.from("abc")))).toBe(abc);
  });

  test("are equal only with the same algorithm and bytes", () => {
    const { bytes } = sha256("abc");
    expect(equalHashes(sha256("abc"), { algorithm: "sha256", bytes })).toBe(true);
    expect(equalHashes(sha256("abc"), sha256("abd"))).toBe(false);
    expect(equalHashes(sha256("abc"), { algorithm: "sha512", bytes })).toBe(false);
  });

  test("are by an algorithm of Nix, and by nothing that merely has a name", () => {
    expect(["sha256", "SHA256", "constructor", ""].map(isHashAlgorithm)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  const nix32 = "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s";
  const malformed = {
    "no algorithm": nix32,
    nothing: "",
    "an empty hash": "sha256:",
    "an unknown algorithm": `blake3:${nix32}`,
    "a name every object has": "constructor:abc",
    "a hash of another algorithm": "sha256:kpcd173cq987hw957sx6m0868wv3x6d9",
    "a digit too many": `sha256:${nix32}0`,
    "a character outside base 32": `sha256:${nix32.replace("b", "e")}`,
    "a base-32 hash with a 257th bit": `sha256:2${nix32.slice(1)}`,
    "a base-16 hash with another character": `sha256:${"g".repeat(64)}`,
    "an SRI hash that is too short": "sha256-kAFQmDzST7DWlj99KOF/cg==",
    "an SRI hash in base 32": `sha256-${nix32}`,
    "an SRI hash without padding": "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
    "an SRI hash with a bit beyond its end": "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=",
    "a space behind it": `sha256:${nix32} `,
  };
  for (const [name, text] of Object.entries(malformed)) {
    test(`refuse ${name}`, () => expect(() => parseHash(text)).toThrow(/is not|has/));
  }
});

describe("base 32", () => {
  const random = randomNumbers(32);
  for (let length = 0; length <= 70; length++) {
    test(`gives ${length} bytes back`, () => {
      const bytes = Uint8Array.from({ length }, () => random() * 256);
      const text = encodeNix32(bytes);
      expect(text).toMatch(/^[0-9a-z]*$/);
      expect(text).toHaveLength(Math.ceil((length * 8) / 5));
      expect(decodeNix32(text)).toEqual(bytes);
    });
  }

  for (const text of ["0", "000", "00a\u0000", "e0", "zz", "A0", "0\u0661", "000000"]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => decodeNix32(text)).toThrow());
  }
});
