import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { outcomeOf } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture } from "../cache/closure-fixture.ts";

/* Whatever the file mode creation mask is that the installer is started with, what it writes has the same modes. */

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

setDefaultTimeout(120_000);

let fixture: ClosureFixture;
let cache: WebServer;

beforeAll(async () => {
  fixture = await closureFixture();
  cache = await serveDirectory(fixture.caches.zstd);
}, 120_000);

afterAll(() => cache[Symbol.asyncDispose]());

/** Mode, owner and name of everything that a pull leaves, and of its log. */
async function modesAfterPull(umask: string): Promise<string> {
  await using scratch = await scratchDirectory("modes");
  const inside = (name: string) => join(scratch.path, name);
  await exec(["mkdir", "-m", "755", inside("root")]);
  await Bun.write(
    inside("host.toml"),
    `version = 1
[system]
toplevel = "${fixture.toplevel}"
[cache]
substituters = ["${cache.url()}"]
trusted-public-keys = ["${fixture.publicKey}"]
`,
  );
  const argv = ["pull", "--manifest", inside("host.toml"), "--root", inside("root")];
  const child = Bun.spawn(
    [
      "sh",
      "-c",
      `umask ${umask}; exec "$@"`,
      "sh",
      installer,
      ...argv,
      "--log-file",
      inside("log"),
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const { exitCode, stderr } = await outcomeOf(child);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const find = ["find", "root", "log", "-printf", "%#m %U:%G %p\\n"];
  const { stdout } = await exec(["env", "-C", scratch.path, ...find]);
  return stdout.split("\n").toSorted().join("\n");
}

test("a pull leaves the same modes with any umask, and nothing that others may write", async () => {
  const usual = await modesAfterPull("0022");
  expect(usual).toMatch(/^0600 0:0 log$/m);
  // Links are 0777 always; the store itself is for builders, and sticky.
  const writable = usual.split("\n").filter((line) => /^0?[0-7]*[2367] /.test(line));
  expect(writable.filter((line) => !line.startsWith("0777 "))).toEqual([]);
  expect(await modesAfterPull("0")).toBe(usual);
  expect(await modesAfterPull("0777")).toBe(usual);
});
