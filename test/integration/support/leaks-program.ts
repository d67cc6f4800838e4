import { test } from "bun:test";
import { mkdtemp, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/* A test file that leaves everything behind. */

test("leaves everything behind", async () => {
  const { path } = await scratchDirectory("leaks");
  const image = join(path, "image");
  await Bun.write(image, "");
  await truncate(image, 2 ** 20);
  const { stdout: loop } = await exec(["losetup", "--find", "--show", image]);
  await exec(["mkswap", loop.trim()]);
  await exec(["swapon", loop.trim()]);
  await Bun.write(join(path, "mounted/file"), "");
  await exec(["mount", "-t", "tmpfs", "tmpfs", join(path, "mounted")]);
  await mkdtemp(join(tmpdir(), "forgotten-"));
  Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] }).unref();
});
