import { describe, expect, test } from "bun:test";
import { parseStorePath, StorePath, sortStorePaths } from "../../../src/nix/store-path.ts";

const hash = "n9plcsbwf3p7bgr3nqs24frh34r1wbk8";

describe("store paths", () => {
  test("have a hash, a name and a whole path", () => {
    const path = parseStorePath(`/nix/store/${hash}-outer.txt`);
    expect(path.hash).toBe(hash);
    expect(path.name).toBe("outer.txt");
    expect(path.baseName).toBe(`${hash}-outer.txt`);
    expect(path.toString()).toBe(`/nix/store/${hash}-outer.txt`);
    expect(JSON.stringify([path])).toBe(`["/nix/store/${hash}-outer.txt"]`);
    expect(new StorePath(`${hash}-outer.txt`)).toEqual(path);
  });

  for (const name of ["a", "-", ".gitignore", "..a", ".a-b", "A+b_c?d=e.1-2", "n".repeat(211)]) {
    test(`take the name ${name.slice(0, 20)}`, () => {
      expect(parseStorePath(`/nix/store/${hash}-${name}`).name).toBe(name);
    });
  }

  const invalid = {
    nothing: "",
    "the store directory": "/nix/store",
    "the store directory with a slash": "/nix/store/",
    "another store": `/gnu/store/${hash}-a`,
    "a base name alone": `${hash}-a`,
    "a path inside a store path": `/nix/store/${hash}-a/bin`,
    "a slash at the end": `/nix/store/${hash}-a/`,
    "a path that leads out": `/nix/store/${hash}-a/../../etc`,
    "a doubled slash": `/nix/store//${hash}-a`,
    "no name": `/nix/store/${hash}`,
    "an empty name": `/nix/store/${hash}-`,
    "the name .": `/nix/store/${hash}-.`,
    "the name ..": `/nix/store/${hash}-..`,
    "a name that begins with .-": `/nix/store/${hash}-.-a`,
    "a name that begins with ..-": `/nix/store/${hash}-..-a`,
    "a name of 212 characters": `/nix/store/${hash}-${"n".repeat(212)}`,
    "a space": `/nix/store/${hash}-a b`,
    "a line break at the end": `/nix/store/${hash}-a\n`,
    NUL: `/nix/store/${hash}-a\0`,
    "a letter beyond ASCII": `/nix/store/${hash}-ä`,
    "a short hash": `/nix/store/${hash.slice(1)}-a`,
    "a hash outside base 32": `/nix/store/e${hash.slice(1)}-a`,
    "a hash in capitals": `/nix/store/${hash.toUpperCase()}-a`,
  };
  for (const [name, text] of Object.entries(invalid)) {
    test(`refuse ${name}`, () => {
      expect(() => parseStorePath(text)).toThrow(/is not a store path: (it|the part)/);
    });
  }

  test("are sorted as Nix sorts them, without duplicates", () => {
    const names = [`${hash}-b`, `0${hash.slice(1)}-z`, `${hash}-a`, `${hash}-B`, `${hash}-a`];
    expect(
      sortStorePaths(names.map((name) => new StorePath(name))).map((path) => path.baseName),
    ).toEqual([`0${hash.slice(1)}-z`, `${hash}-B`, `${hash}-a`, `${hash}-b`]);
  });
});
