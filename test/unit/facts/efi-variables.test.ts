import { expect, test } from "bun:test";
import { join } from "node:path";
import { readEfiState } from "../../../src/facts/efi-variables.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const guid = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

test("Secure Boot and setup mode are read behind the attributes of their variables", async () => {
  await using scratch = await scratchDirectory("efivars");
  await Bun.write(join(scratch.path, `SecureBoot-${guid}`), Uint8Array.of(6, 0, 0, 0, 1));
  await Bun.write(join(scratch.path, `SetupMode-${guid}`), Uint8Array.of(6, 0, 0, 0, 0));
  expect(await readEfiState(scratch.path)).toMatchObject({ secureBoot: true, setupMode: false });
});

test("a firmware without Secure Boot says nothing of it", async () => {
  await using scratch = await scratchDirectory("efivars");
  await Bun.write(join(scratch.path, `SecureBoot-${guid}`), Uint8Array.of(6, 0));
  expect(await readEfiState(scratch.path)).not.toHaveProperty("secureBoot");
  expect(await readEfiState(join(scratch.path, "none"))).toEqual({});
});
