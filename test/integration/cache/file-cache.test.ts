import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { registerPaths } from "../../../src/store/target-store.ts";
import { faultServer } from "../../support/fault-server.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix } from "./closure-fixture.ts";
import { sound } from "./faults.ts";
import { pull, walk } from "./pulling.ts";

setDefaultTimeout(60_000);

let fixture: ClosureFixture;

beforeAll(async () => {
  fixture = await closureFixture();
}, 120_000);

/** A directory with a copy of the fixture's cache, and a target. */
async function stick(): Promise<{
  readonly directory: string;
  readonly url: string;
  readonly target: string;
  /** Where the toplevel's narinfo is. */
  readonly narInfo: string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const scratch = await scratchDirectory("stick");
  const directory = join(scratch.path, "My stick");
  cpSync(fixture.caches.zstd, directory, { recursive: true });
  mkdirSync(join(scratch.path, "target"));
  const hash = fixture.toplevel.slice("/nix/store/".length).slice(0, 32);
  return {
    directory,
    url: pathToFileURL(directory).href,
    target: join(scratch.path, "target"),
    narInfo: join(directory, `${hash}.narinfo`),
    [Symbol.asyncDispose]: async () => scratch[Symbol.asyncDispose](),
  };
}

function replaceIn(file: string, pattern: RegExp, replacement: string): void {
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(pattern);
  writeFileSync(file, text.replace(pattern, replacement));
}

test("a closure is pulled from a directory", async () => {
  await using cache = await stick();
  const messages: string[] = [];
  const { closure, report } = await pull(fixture, [cache.url], cache.target, { messages });
  expect(messages).toEqual([]);
  expect(report.fetched).toBe(closure.paths.length);
  registerPaths(cache.target, closure.paths, 1);
  await nix(["nix-store", "--store", cache.target, "--verify", "--check-contents"]);
});

test("a directory may hold links, and lie behind one", async () => {
  await using cache = await stick();
  const elsewhere = join(cache.directory, "..", "elsewhere");
  renameSync(join(cache.directory, "nar"), elsewhere);
  symlinkSync(elsewhere, join(cache.directory, "nar"));
  const link = join(cache.directory, "..", "link");
  symlinkSync(cache.directory, link);
  await pull(fixture, [`file://${link}`], cache.target);
});

test("a directory needs no nix-cache-info, as long as it holds narinfos", async () => {
  await using cache = await stick();
  rmSync(join(cache.directory, "nix-cache-info"));
  await walk(fixture, [cache.url]);
  const error = await rejection(walk(fixture, [pathToFileURL(cache.target).href]));
  expect(error.message).toContain("is no binary cache: it has no nix-cache-info");
});

test("a directory that is not there is said to be missing", async () => {
  const error = await rejection(walk(fixture, ["file:///media/nowhere/cache"]));
  expect(error).toMatchObject({ reason: "cache" });
  expect(error.message).toBe(
    "the binary cache cannot be used: there is no directory /media/nowhere/cache/",
  );
});

test("what a directory does not have comes from the next cache", async () => {
  await using cache = await stick();
  await using server = faultServer(fixture.caches.zstd, sound);
  rmSync(cache.narInfo);
  const messages: string[] = [];
  const { paths } = await walk(fixture, [`${cache.url}?priority=-1`, server.url], { messages });
  expect(messages).toEqual([]);
  expect(server.requests).toHaveLength(2);
  expect(paths.filter(({ substituter }) => substituter.startsWith("http:"))).toHaveLength(1);
});

test("a path that the only directory does not have is an error that says so", async () => {
  await using cache = await stick();
  rmSync(cache.narInfo);
  const error = await rejection(walk(fixture, [cache.url]));
  expect(error.message).toBe(
    `${fixture.toplevel} cannot be had:\n  ${cache.url}/ does not have it`,
  );
});

test("a narinfo cannot lead out of its directory", async () => {
  await using cache = await stick();
  writeFileSync(join(cache.directory, "..", "secret"), "");
  for (const url of ["../secret", "nar/../../secret", "/etc/shadow"]) {
    replaceIn(cache.narInfo, /^URL: .*$/m, `URL: ${url}`);
    const error = await rejection(walk(fixture, [cache.url]));
    expect(error.message).toContain(
      `its narinfo has the NAR at "${url}", which is not a file in it`,
    );
  }
});

test("a narinfo in a directory is believed no more than one from a server", async () => {
  await using cache = await stick();
  replaceIn(cache.narInfo, /^NarSize: .*$/m, "NarSize: 1000");
  const error = await rejection(walk(fixture, [cache.url]));
  expect(error).toMatchObject({ reason: "integrity" });
  expect(error.message).toContain("has it, but the signature by test-1 is wrong");
});

test("a NAR in a directory that was cut off, or is another, is refused", async () => {
  await using cache = await stick();
  const nar = join(
    cache.directory,
    /^URL: (.*)$/m.exec(readFileSync(cache.narInfo, "utf8"))?.[1] ?? "",
  );
  const bytes = readFileSync(nar);
  truncateSync(nar, bytes.length - 1);
  let error = await rejection(pull(fixture, [cache.url], cache.target));
  expect(error).toMatchObject({ reason: "integrity" });
  expect(error.message).toContain(
    `has ${bytes.length - 1} bytes, its narinfo says ${bytes.length}`,
  );
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  writeFileSync(nar, bytes);
  error = await rejection(pull(fixture, [cache.url], cache.target));
  expect(error).toMatchObject({ reason: "integrity" });
  rmSync(nar);
  error = await rejection(pull(fixture, [cache.url], cache.target));
  expect(error).toMatchObject({ reason: "cache" });
  expect(error.message).toContain(": there is no such file");
});
