import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { tarballSize } from "../../../../src/store/portable/tarball-source.ts";
import { rejection } from "../../../support/rejection.ts";
import { scratchDirectory } from "../../../support/scratch.ts";

test("the size of a file is known, that of a pipe or an address is not", async () => {
  await using scratch = await scratchDirectory("tarball");
  const file = join(scratch.path, "nix.tar.xz");
  await Bun.write(file, "seven b");
  expect(await tarballSize(file)).toBe(7);
  const pipe = join(scratch.path, "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  expect(await tarballSize(pipe)).toBeUndefined();
  expect(await tarballSize("https://example.org/nix.tar.xz")).toBeUndefined();
});

test("a file that is not there, or no file, is refused with what to do", async () => {
  await using scratch = await scratchDirectory("tarball");
  await mkdir(join(scratch.path, "directory"));
  const missing = await rejection(tarballSize(join(scratch.path, "none")));
  expect(missing).toMatchObject({ reason: "refused", object: "portable-store.tarball" });
  expect(missing.message).toEndWith("cannot be read: there is no such file");
  const directory = await rejection(tarballSize(join(scratch.path, "directory")));
  expect(directory.message).toEndWith("cannot be read: it is a directory");
});
