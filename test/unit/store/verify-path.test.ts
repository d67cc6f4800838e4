import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { formatHash } from "../../../src/nix/hash.ts";
import { hashTree } from "../../../src/store/nar-dump.ts";
import { type ExpectedPath, isThere, verifyPath } from "../../../src/store/verify-path.ts";
import { scratchDirectory } from "../../support/scratch.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let path: string;
let expected: ExpectedPath;

const odd = Buffer.from("na\xffme", "latin1");

/** The same file, by a name that is no UTF-8. */
function oddFile(): Buffer {
  return Buffer.concat([Buffer.from(`${path}/`), odd]);
}

beforeEach(async () => {
  scratch = await scratchDirectory("verify");
  path = join(scratch.path, "path");
  mkdirSync(join(path, "bin"), { recursive: true });
  writeFileSync(join(path, "bin", "tool"), "#!/bin/sh\n");
  writeFileSync(join(path, "file"), "contents");
  writeFileSync(oddFile(), "odd");
  symlinkSync("file", join(path, "link"));
  for (const name of ["bin/tool", "bin"]) chmodSync(join(path, name), 0o555);
  for (const file of [join(path, "file"), oddFile()]) chmodSync(file, 0o444);
  chmodSync(path, 0o555);
  lutimesSync(join(path, "link"), 1, 1);
  for (const file of [
    oddFile(),
    ...["bin/tool", "bin", "file", ""].map((name) => join(path, name)),
  ]) {
    utimesSync(file, 1, 1);
  }
  const { narHash, narSize } = hashTree(path);
  expected = { narHash: formatHash(narHash), narSize };
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

test("what is as it should be is right, and nothing is changed", () => {
  expect(verifyPath(path, expected)).toEqual({
    bytes: expected.narSize,
    problem: undefined,
    corrected: 0,
    linked: [],
  });
});

const wrong: [name: string, damage: () => void, problem: RegExp][] = [
  [
    "a file that a power cut has emptied",
    () => truncateSync(join(path, "file"), 0),
    /is \d+ bytes instead of \d+/,
  ],
  [
    "a file that a power cut has filled with zeros",
    () => writeFileSync(join(path, "file"), Buffer.alloc(8)),
    /has the NAR hash sha256:/,
  ],
  [
    "a file that is longer",
    () => writeFileSync(join(path, "file"), "x".repeat(5000)),
    /is more than the/,
  ],
  ["a file that is missing", () => rmSync(join(path, "file")), /instead of/],
  ["a program that may not be executed", () => chmodSync(join(path, "bin/tool"), 0o444), /./],
  ["a file that may be executed", () => chmodSync(join(path, "file"), 0o555), /./],
  [
    "a link with another target",
    () => {
      rmSync(join(path, "link"));
      symlinkSync("fole", join(path, "link"));
    },
    /has the NAR hash/,
  ],
  [
    "a directory in the place of a file",
    () => {
      rmSync(join(path, "file"));
      mkdirSync(join(path, "file"));
    },
    /instead of/,
  ],
  [
    "a pipe in the place of a file",
    () => {
      rmSync(join(path, "file"));
      Bun.spawnSync(["mkfifo", join(path, "file")]);
    },
    /is no store path: .*\/file is neither a file/,
  ],
  [
    "a file in the place of everything",
    () => {
      rmSync(path, { recursive: true });
      writeFileSync(path, "");
    },
    /instead of/,
  ],
  [
    "a link in the place of everything, to what is right",
    () => {
      renameSync(path, `${path}-right`);
      symlinkSync(`${path}-right`, path);
    },
    /instead of/,
  ],
  ["nothing", () => rmSync(path, { recursive: true }), /cannot be read \(ENOENT\)/],
];

test.each(wrong)("%s is wrong", (_, damage, problem) => {
  damage();
  expect(verifyPath(path, expected).problem).toMatch(problem);
});

test("nothing of what is wrong is changed", () => {
  truncateSync(join(path, "file"), 1);
  chmodSync(join(path, "file"), 0o644);
  verifyPath(path, expected);
  expect(lstatSync(join(path, "file")).mode & 0o7777).toBe(0o644);
});

test("modes, owners and times that a NAR does not tell are put right", () => {
  chmodSync(join(path, "file"), 0o640);
  chmodSync(oddFile(), 0o4640);
  chmodSync(join(path, "bin/tool"), 0o755);
  chmodSync(join(path, "bin"), 0o1777);
  chownSync(join(path, "file"), 1000, 1000);
  utimesSync(join(path, "bin"), 5, 5);
  lutimesSync(join(path, "link"), 5, 5);
  const verdict = verifyPath(path, expected);
  expect(verdict).toMatchObject({ problem: undefined, corrected: 5 });
  const found = ["", "bin", "bin/tool", "file", "link"].map((name) => {
    const { mode, uid, mtimeMs } = lstatSync(join(path, name));
    return [name, (mode & 0o7777).toString(8), uid, mtimeMs];
  });
  expect(found).toEqual([
    ["", "555", 0, 1000],
    ["bin", "555", 0, 1000],
    ["bin/tool", "555", 0, 1000],
    ["file", "444", 0, 1000],
    ["link", "777", 0, 1000],
  ]);
  expect(statSync(oddFile()).mode & 0o7777).toBe(0o444);
  expect(verifyPath(path, expected).corrected).toBe(0);
});

test("inodes of files with further names are told", () => {
  linkSync(join(path, "file"), join(scratch.path, "other-name"));
  const { ino } = lstatSync(join(path, "file"));
  expect(verifyPath(path, expected).linked).toEqual([ino]);
});

test("it can be broken off before each piece", () => {
  const interruption = AbortSignal.abort(new Error("stop"));
  const check = () => interruption.throwIfAborted();
  expect(() => verifyPath(path, expected, check)).toThrow("stop");
});

test("a link that leads nowhere is there", () => {
  symlinkSync("/nowhere", join(scratch.path, "dangling"));
  expect(isThere(join(scratch.path, "dangling"))).toBe(true);
  expect(isThere(join(scratch.path, "nothing"))).toBe(false);
});
