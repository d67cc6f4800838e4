import { expect, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findTools } from "../../../src/facts/tools.ts";
import { scratchDirectory } from "../../support/scratch.ts";

test("a tool is the first executable file of its name", async () => {
  await using scratch = await scratchDirectory("tools");
  const [first, second] = [join(scratch.path, "first"), join(scratch.path, "second")];
  await mkdir(join(first, "mount"), { recursive: true });
  await Bun.write(join(first, "sfdisk"), "not executable");
  for (const name of ["sfdisk", "mount", "wipefs"]) {
    await Bun.write(join(second, name), "#!/bin/sh\n");
    await chmod(join(second, name), 0o755);
  }
  expect(findTools(["sfdisk", "mount", "blkid"], [first, second])).toEqual({
    sfdisk: join(second, "sfdisk"),
    mount: join(second, "mount"),
  });
});
