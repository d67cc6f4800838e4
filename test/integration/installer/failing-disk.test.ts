import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { exec } from "../../../src/run/command.ts";
import { type FailingDisk, failingDisk } from "../../support/failing-disk.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { lines } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

/*
 * Whole installs on a disk that fails in the middle: one error, everything closed, and the same command goes on when the
 * disk is mended.
 */

setDefaultTimeout(120_000);

const main = join(import.meta.dir, "../../../src/main.ts");

/** Gives the disk the name that the system of the tests has GRUB write to, in mounts that nobody else sees. */
const setUp = `
mount --make-rprivate /
mkdir -p /dev/disk
mount -t tmpfs tmpfs /dev/disk
mkdir /dev/disk/by-id
ln -s "$0" /dev/disk/by-id/virtio-landfall-main
exec setpriv --pdeathsig KILL "$@"`;

let fixture: SystemFixture;
let cache: WebServer;

beforeAll(async () => {
  fixture = await systemFixture();
  cache = await serveDirectory(fixture.cache.zstd);
}, 1_200_000);

afterAll(() => cache[Symbol.asyncDispose]());

/** A fault, and the identifier of the step in the plan at whose beginning it comes. */
interface Fault {
  readonly step: string;
  readonly cause: (installer: { readonly pid: number }) => Promise<unknown>;
}

const eventSchema = v.looseObject({ type: v.string(), id: v.optional(v.string()) });

/** A place for an install on a disk: a manifest, and a directory to mount the target on. */
async function host(disk: FailingDisk) {
  const scratch = await scratchDirectory("failing-disk");
  await chmod(scratch.path, 0o755);
  const manifest = join(scratch.path, "host.toml");
  const text = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter: cache.url(),
    publicKey: fixture.publicKey,
    tarball: fixture.treeTarball,
    device: disk.path,
  });
  await Bun.write(manifest, text);
  const root = join(scratch.path, "root");
  const options = [`--manifest=${manifest}`, `--root=${root}`, "--log-format=json"];
  const installer = [process.execPath, main, ...options, `--log-file=${join(scratch.path, "log")}`];
  const argv = ["unshare", "--mount", "sh", "-euc", setUp, disk.path, ...installer];
  const install = async (fault?: Fault) => {
    const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const stderr = new Response(child.stderr).text();
    const steps: string[] = [];
    for await (const line of lines(child.stdout)) {
      const { type, id = "" } = v.parse(eventSchema, JSON.parse(line));
      if (type !== "step-started") continue;
      steps.push(id);
      if (id === fault?.step) await fault.cause(child);
    }
    return { exitCode: await child.exited, stderr: await stderr, steps };
  };
  return { root, install, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

/** The lines of an error: one, and none of a bug. */
function oneError(stderr: string): string {
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).not.toContain("bug");
  return stderr;
}

test.each(["portable-store", "pull", "activate"])(
  "a disk that fails from the step %s on, when the kernel gets to what was written",
  async (step) => {
    await using disk = await failingDisk(3 * 2 ** 30);
    await using target = await host(disk);
    const { exitCode, stderr } = await target.install({ step, cause: disk.failNewWrites });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 5 });
    oneError(stderr);
    expect(stderr).toMatch(/the kernel says: .*loop/);
    await disk.mend();
    expect((await disk.facts()).holders).toEqual([]);
    const again = await target.install();
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.steps).toContain("mark-installed");
    expect((await disk.facts()).holders).toEqual([]);
  },
);

test("a file system that fills up while the boot loader is installed is told with figures", async () => {
  await using disk = await failingDisk(3 * 2 ** 30);
  await using target = await host(disk);
  const fill = join(target.root, "fill");
  const { exitCode, stderr } = await target.install({
    step: "boot-loader",
    cause: ({ pid }) =>
      exec(
        [
          "nsenter",
          "--mount",
          `--target=${pid}`,
          "sh",
          "-c",
          `fallocate -l 3G ${fill}; cat /dev/zero > ${fill}.2`,
        ],
        {
          allowedExitCodes: [0, 1],
        },
      ),
  });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 5 });
  expect(oneError(stderr)).toMatch(
    /there is no room on \S+ \(\/dev\/loop\d+p3\), with .* of .* free/,
  );
});
