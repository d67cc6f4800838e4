import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readEvents } from "../../support/events.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { lines } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture, nix, pathInfos } from "../cache/closure-fixture.ts";

/* `installer pull` of the compiled installer: its manifest, its root, its events and its exit codes. */

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

setDefaultTimeout(60_000);

let fixture: ClosureFixture;
let cache: WebServer;

beforeAll(async () => {
  fixture = await closureFixture();
  cache = await serveDirectory(fixture.caches.zstd);
}, 120_000);

afterAll(() => cache[Symbol.asyncDispose]());

/** What a manifest may have other than the rest. */
interface TargetOptions {
  readonly further?: string;
  readonly publicKey?: string;
  readonly substituter?: string;
}

/** An empty directory to pull into, and a manifest beside it. */
async function target({
  further = "",
  publicKey = fixture.publicKey,
  substituter = cache.url(),
}: TargetOptions = {}) {
  const scratch = await scratchDirectory("pull");
  const root = join(scratch.path, "root");
  await Bun.write(join(root, ".keep"), "");
  const manifest = join(scratch.path, "host.toml");
  await Bun.write(
    manifest,
    `version = 1

[system]
toplevel = "${fixture.toplevel}"

[cache]
substituters = ["${substituter}"]
trusted-public-keys = ["${publicKey}"]
${further}`,
  );
  const log = join(scratch.path, "log");
  const start = (options: readonly string[] = [], into = root) => {
    const argv = [installer, "pull", "--manifest", manifest, "--root", into, "--log-file", log];
    return Bun.spawn(["setpriv", "--pdeathsig", "KILL", ...argv, ...options], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  };
  const pull = async (options: readonly string[] = [], into = root) => {
    const child = start(options, into);
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { exitCode: await child.exited, stdout, stderr, log: await Bun.file(log).text() };
  };
  return { root, start, pull, [Symbol.asyncDispose]: scratch[Symbol.asyncDispose] };
}

/** The requests for NARs so far. */
async function narRequests(): Promise<number> {
  return (await cache.accessLog()).filter((line) => line.includes("/nar/")).length;
}

test("a manifest without storage is enough, and a second pull gets nothing again", async () => {
  await using machine = await target();
  const requestsBefore = await narRequests();
  const { exitCode, stdout, stderr } = await machine.pull(["--log-format", "json"]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr).toMatch(/^\[1\/1\] Pull \d+ store paths .*\n\[1\/1\] done in /m);
  const infos = await pathInfos(machine.root, fixture.toplevel);
  expect(infos.map(({ path }) => path)).toContain(fixture.toplevel);
  await nix(["nix-store", "--store", machine.root, "--verify", "--check-contents"]);
  const requestsAfter = await narRequests();
  expect(requestsAfter - requestsBefore).toBe(infos.length);
  const events = readEvents(stdout);
  expect(events.find(({ type }) => type === "step-started")).toMatchObject({
    id: "pull",
    index: 1,
    total: 1,
  });
  expect(events.at(-1)).toMatchObject({ type: "result", exitCode: 0 });
  expect(events.find(({ type }) => type === "profile")).toMatchObject({
    profile: {
      paths: infos.length,
      requests: infos.length,
      walk: expect.any(Number),
      write: expect.any(Number),
      sync: expect.any(Number),
      peakMemory: expect.any(Number),
    },
  });

  const again = await machine.pull(["--profile"]);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stdout).toMatch(/^ +verify +\d+\.\d\d s +\d+ % {2}what was there: [\d.]+ MiB/m);
  expect(again.stdout).not.toMatch(/^ +wait /m);
  expect(await narRequests()).toBe(requestsAfter);
});

test("where the time went is told when it is asked for, and kept in the log in any case", async () => {
  await using asked = await target();
  const { stdout } = await asked.pull(["--profile"]);
  expect(stdout).toMatch(/^where the \d+\.\d\d s of the pull went$/m);
  expect(stdout).toMatch(/^ +wait +\d+\.\d\d s +\d+ % {2}for the network: [\d.]+ MiB/m);
  await using unasked = await target();
  const { stdout: silent, log } = await unasked.pull();
  expect(silent).not.toContain("where the");
  expect(log).toContain('"type":"profile"');
});

test("disks of the manifest need not be there, and are left alone", async () => {
  await using machine = await target({
    further: `
[disk.main]
device = "/dev/disk/by-id/not-on-this-machine"
wipe = true

[[disk.main.partition]]
name = "root"

[filesystem."/"]
device = "main.root"
type = "ext4"
`,
  });
  expect(await machine.pull()).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await pathInfos(machine.root, fixture.toplevel)).not.toBeEmpty();
});

test("a directory that does not exist is refused before any cache is asked", async () => {
  await using machine = await target();
  const { length } = await cache.accessLog();
  const nowhere = join(machine.root, "nowhere");
  const { exitCode, stderr } = await machine.pull([], nowhere);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`${nowhere} does not exist`);
  expect(existsSync(nowhere)).toBe(false);
  expect((await cache.accessLog()).length).toBe(length);
});

test("paths that nobody trusted has signed end it with exit code 7, and nothing is written", async () => {
  await using machine = await target({ publicKey: `other-1:${"A".repeat(43)}=` });
  const { exitCode, stderr } = await machine.pull();
  expect(exitCode).toBe(7);
  expect(stderr).toContain(fixture.toplevel);
  expect(existsSync(join(machine.root, "nix"))).toBe(false);
});

test("a signal breaks it off with exit code 130", async () => {
  await using slow = await serveDirectory(fixture.caches.zstd, {
    server: "location /nar/ { limit_rate 20k; }",
  });
  await using machine = await target({ substituter: slow.url() });
  const child = machine.start();
  const stderr = new Response(child.stderr).text();
  for await (const line of lines(child.stdout)) {
    if (/Pull \d+ store paths/.test(line)) child.kill("SIGTERM");
  }
  expect(await child.exited).toBe(130);
  expect(await stderr).toContain("interrupted by SIGTERM");
  expect(await stderr).toContain("Run the same command again.");
});
