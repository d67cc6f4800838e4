import { chmod, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { cuttingProxy } from "../../support/cutting-proxy.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { lines } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import type { SystemFixture } from "../../system/index.ts";
import type { KillPoint } from "./kill-point.ts";

const checkout = join(import.meta.dir, "..", "..", "..");

/** What is killed: `dist/installer`, or another one to be tried by hand. */
const installer = process.env.LANDFALL_INSTALLER ?? join(checkout, "dist", "installer");

/** Room for the system and its swap; all of it is hashed. */
const diskSize = 1024 * 2 ** 20;

/** What came of a run of the installer. */
export interface Run {
  /** Whether it was killed; it may have ended of itself before. */
  readonly killed: boolean;
  readonly exitCode: number;
  readonly seconds: number;
  /** The steps that began and ended, in their order: `+ID` and `-ID`. */
  readonly boundaries: readonly string[];
  /** What it said to people. */
  readonly output: string;
}

/** A loop device to install on, and a cache that counts what is fetched. */
export interface LoopMachine extends AsyncDisposable {
  readonly disk: LoopDisk;
  /** A directory of its own: what is mounted below, or runs there, is of its runs. */
  readonly directory: string;
  /** What its runs have as `/tmp`. */
  readonly temporaryDirectory: string;
  /** Runs the installer with the same command as always. */
  run(kill?: KillPoint): Promise<Run>;
  /** Bytes of NARs that the cache has sent, and how many of them it had sent before. */
  fetched(): Promise<{ readonly bytes: number; readonly twice: number }>;
}

/**
 * In a mount namespace of its own: directories for temporary files, and udev's link to the disk, which the system's boot
 * loader is told to use. The process that this starts is in the end the installer itself.
 */
const withDiskLink = `
mkdir -p /dev/disk
mount -t tmpfs tmpfs /dev/disk
mkdir /dev/disk/by-id
ln -s "$0" /dev/disk/by-id/virtio-landfall-main
mount --bind "$1/tmp" /tmp
mount --bind "$1/run" /run
shift
exec "$@"
`;

/** Calls back once more bytes than that have passed; to be given up with the returned function. */
function whenPassed(passed: () => number, bytes: number, call: () => void): () => void {
  const limit = passed() + bytes;
  const timer = setInterval(() => {
    if (passed() >= limit) call();
  }, 1);
  return () => clearInterval(timer);
}

/** Makes a machine whose disk is empty. */
export async function loopMachine(fixture: SystemFixture): Promise<LoopMachine> {
  await using resources = new AsyncDisposableStack();
  const scratch = resources.use(await scratchDirectory("faults"));
  // Programs of the system run in there under other users.
  await chmod(scratch.path, 0o755);
  const temporaryDirectory = join(scratch.path, "tmp");
  for (const name of ["tmp", "run"]) await mkdir(join(scratch.path, name));
  const directory = fixture.cache.zstd;
  const server = resources.use(await serveDirectory(directory));
  const cache = resources.use(cuttingProxy(server.port, () => undefined));
  const disk = resources.use(await loopDisk(diskSize));
  const manifest = join(scratch.path, "host.toml");
  const text = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter: cache.url,
    publicKey: fixture.publicKey,
    tarball: fixture.treeTarball,
    device: disk.path,
  });
  // Another process may have a machine, too: identifiers must not meet.
  const seed = `[system]\nseed = "faults-${process.pid}"`;
  await Bun.write(manifest, text.replace("[system]", seed));
  const argv = [
    ["setpriv", "--pdeathsig", "KILL"],
    ["unshare", "--mount", "--propagation", "private", "sh", "-euc", withDiskLink],
    [disk.path, scratch.path],
    [installer, `--manifest=${manifest}`, `--root=${join(scratch.path, "root")}`],
    [`--log-file=${join(scratch.path, "log")}`, "--log-format=json"],
  ].flat();

  async function run(kill?: KillPoint): Promise<Run> {
    const started = performance.now();
    const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    let killed = false;
    const end = () => {
      killed = true;
      child.kill("SIGKILL");
    };
    const stop =
      kill?.at === "bytes" ? whenPassed(() => cache.passed, kill.bytes, end) : () => undefined;
    const boundaries: string[] = [];
    const stderr = new Response(child.stderr).text();
    for await (const line of lines(child.stdout)) {
      const [, word, id] = /"type":"step-(started|finished)".*?"id":"([^"]+)"/.exec(line) ?? [];
      if (word === undefined) continue;
      boundaries.push(`${word === "started" ? "+" : "-"}${id}`);
      if (kill === undefined || kill.at === "bytes" || boundaries.length !== kill.boundary)
        continue;
      if (kill.at === "boundary") end();
      else setTimeout(end, kill.milliseconds);
    }
    const exitCode = await child.exited;
    stop();
    return {
      killed: killed && child.signalCode === "SIGKILL",
      exitCode,
      seconds: (performance.now() - started) / 1000,
      boundaries,
      output: await stderr,
    };
  }

  async function fetched() {
    const sizes = new Map<string, number>();
    let bytes = 0;
    for (const line of await server.accessLog()) {
      const [, path = "", sent = ""] = /^GET (\/nar\/\S+) \d+ (\d+)$/.exec(line) ?? [];
      if (path === "") continue;
      bytes += Number(sent);
      sizes.set(path, (await stat(join(directory, path))).size);
    }
    const once = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { bytes, twice: Math.max(0, bytes - once) };
  }

  const held = resources.move();
  return {
    disk,
    directory: scratch.path,
    temporaryDirectory,
    run,
    fetched,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
