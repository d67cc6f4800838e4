import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readMountInfo } from "../../../src/linux/mount-info.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { lines } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

const minutes = 60 * 1000;
const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

let fixture: SystemFixture;
let cache: WebServer;

beforeAll(async () => {
  fixture = await systemFixture();
  // So slow that the pull is under way when the signal comes, but for what is read before it, the initrd.
  cache = await serveDirectory(fixture.cache.zstd, {
    server: "location /nar/ { limit_rate_after 10m; limit_rate 20k; }",
  });
}, 20 * minutes);

afterAll(() => cache[Symbol.asyncDispose]());

/** Starts an install, sends it a signal in the middle of the pull, and gives what it said. */
async function interrupt(signal: NodeJS.Signals, options: readonly string[]) {
  const child = Bun.spawn(["setpriv", "--pdeathsig", "KILL", installer, ...options], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const stderr = new Response(child.stderr).text();
  for await (const line of lines(child.stdout)) {
    if (/Pull \d+ store paths/.test(line)) child.kill(signal);
  }
  return { exitCode: await child.exited, stderr: await stderr };
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s in the middle of the pull: all is closed again, and the exit code says so",
  async (signal) => {
    await using scratch = await scratchDirectory("interruption");
    await using disk = await loopDisk(3 * 2 ** 30);
    await chmod(scratch.path, 0o755);
    const manifest = join(scratch.path, "host.toml");
    const log = join(scratch.path, "log");
    const text = hostManifest({
      firmware: "bios",
      toplevel: fixture.toplevel.bios,
      substituter: cache.url(),
      publicKey: fixture.publicKey,
      tarball: fixture.treeTarball,
      device: disk.path,
    });
    await Bun.write(manifest, text);
    const mounts = readMountInfo();

    const { exitCode, stderr } = await interrupt(signal, [
      `--manifest=${manifest}`,
      `--log-file=${log}`,
      `--root=${join(scratch.path, "target")}`,
    ]);

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 130 });
    expect(stderr).toContain(`interrupted by ${signal}`);
    expect(stderr).toContain(log);
    expect(readMountInfo()).toEqual(mounts);
    expect(await readFile("/proc/swaps", "utf8")).not.toContain(`${basename(disk.path)}p2`);
    expect((await disk.facts()).holders).toEqual([]);
    const closed = (await readFile(log, "utf8")).match(/(?<=Z close ).*/g);
    expect(closed).toContain(`swap on ${disk.path}p2`);
  },
  2 * minutes,
);
