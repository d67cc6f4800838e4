import { chmod, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as v from "valibot";
import { pollUntil } from "../../src/facts/poll.ts";
import { exec } from "../../src/run/command.ts";
import type { SystemFixture } from "../system/index.ts";
import { hostManifest } from "./host-manifest.ts";
import { type LoopDisk, loopDisk } from "./loop-disk.ts";
import { lines } from "./process.ts";
import { scratchDirectory } from "./scratch.ts";

const checkout = join(import.meta.dir, "..", "..");

/** What a {@link LoopMachine} is made of. */
export interface LoopMachineOptions {
  readonly fixture: SystemFixture;
  /** URL of the binary cache. */
  readonly substituter: string;
}

/** When an installer is sent a signal. */
interface Interruption {
  /** As soon as this step begins: its identifier in the plan. */
  readonly step: string;
  readonly signal: NodeJS.Signals;
  /** Done before it is sent. */
  readonly before?: () => Promise<void>;
  /** Milliseconds after the step has begun. Default: 0. */
  readonly after?: number;
  /** Milliseconds after the first signal that it is sent again. Default: it is not. */
  readonly again?: number;
}

/** What became of an installer. */
export interface InstallerOutcome {
  readonly exitCode: number;
  readonly stderr: string;
  readonly pid: number;
  /** The texts of its messages and warnings. */
  readonly messages: readonly string[];
  /** The identifiers of the steps that it began, in order. */
  readonly steps: readonly string[];
}

/**
 * Something of a machine for the installer: a loop device for a disk, and a mount namespace in which `/tmp`, `/run` and
 * `/dev/shm` are empty, so that what is left there can be told, and in which the device has the name that the systems of
 * the tests write their boot loader to.
 */
export interface LoopMachine extends AsyncDisposable {
  readonly disk: LoopDisk;
  /** Path of the manifest. */
  readonly manifest: string;
  /** Where the target is mounted. */
  readonly root: string;
  /** Runs the installer from its source; `--manifest`, `--root` and `--log-file` are added. */
  readonly run: (argv: readonly string[], interruption?: Interruption) => Promise<InstallerOutcome>;
  /** The same among the mounts of this process, which are the live system's. */
  readonly runOutside: (argv: readonly string[]) => Promise<InstallerOutcome>;
  /** The processes and files that are left; processes that are ending are waited for. */
  readonly leftovers: () => Promise<readonly string[]>;
}

const setUp = `
mount --make-rprivate /
for directory in /tmp /run /dev/shm; do mount -t tmpfs "$0" "$directory"; done
mkdir -p /dev/disk
mount -t tmpfs "$0" /dev/disk
mkdir /dev/disk/by-id
ln -s "$1" /dev/disk/by-id/virtio-landfall-main
echo ready
exec sleep infinity`;

const eventSchema = v.looseObject({
  type: v.string(),
  id: v.optional(v.string()),
  text: v.optional(v.string()),
});

/** The processes that see the mounts of a namespace or of one that was made from it: a word that only they hold. */
async function processesOf(mark: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const mounts = await readFile(`/proc/${name}/mountinfo`, "utf8").catch(() => "");
    if (mounts.includes(` ${mark} `)) found.push(Number(name));
  }
  return found;
}

async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return `process ${pid}: ${text.replaceAll("\0", " ").trim().slice(0, 200)}`;
}

/** Watches an installer's events, and sends it signals. */
async function follow(
  child: Bun.Subprocess<"ignore", "pipe", "pipe">,
  interruption: Interruption | undefined,
): Promise<InstallerOutcome> {
  const stderr = new Response(child.stderr).text();
  const messages: string[] = [];
  const steps: string[] = [];
  const timers: ReturnType<typeof setTimeout>[] = [];
  const send = (milliseconds: number) => {
    if (milliseconds === 0) child.kill(interruption?.signal);
    else timers.push(setTimeout(() => child.kill(interruption?.signal), milliseconds));
  };
  for await (const line of lines(child.stdout)) {
    const { type, id, text } = v.parse(eventSchema, JSON.parse(line));
    if (type === "message" || type === "warning") messages.push(text ?? "");
    if (type !== "step-started") continue;
    steps.push(id ?? "");
    if (id !== interruption?.step || interruption === undefined) continue;
    const { after = 0, again } = interruption;
    await interruption.before?.();
    send(after);
    if (again !== undefined) send(after + again);
  }
  const exitCode = await child.exited;
  for (const timer of timers) clearTimeout(timer);
  return { exitCode, pid: child.pid, stderr: await stderr, messages, steps };
}

/** Makes a {@link LoopMachine} with the BIOS layout of {@link hostManifest}. Disposing it removes all of it. */
export async function loopMachine({
  fixture,
  substituter,
}: LoopMachineOptions): Promise<LoopMachine> {
  const stack = new AsyncDisposableStack();
  const scratch = stack.use(await scratchDirectory("machine"));
  await chmod(scratch.path, 0o755);
  const disk = stack.use(await loopDisk(3 * 2 ** 30));
  const manifest = join(scratch.path, "host.toml");
  const root = join(scratch.path, "target");
  await Bun.write(
    manifest,
    hostManifest({
      firmware: "bios",
      toplevel: fixture.toplevel.bios,
      substituter,
      publicKey: fixture.publicKey,
      tarball: fixture.treeTarball,
      device: disk.path,
    }),
  );
  const mark = basename(scratch.path);
  const holder = Bun.spawn(
    ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-euc", setUp, mark, disk.path],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  stack.defer(async () => {
    for (const pid of await processesOf(mark)) process.kill(pid, "SIGKILL");
    await holder.exited;
  });
  for await (const _ of lines(holder.stdout)) break;
  const inside = ["nsenter", "--target", String(holder.pid), "--mount"];
  const strangers = async () => (await processesOf(mark)).filter((pid) => pid !== holder.pid);
  const start = async (
    prefix: readonly string[],
    argv: readonly string[],
    interruption?: Interruption,
  ) => {
    const target = argv.some((word) => word.startsWith("--root=")) ? [] : [`--root=${root}`];
    const log = `--log-file=${join(scratch.path, "log")}`;
    const common = [`--manifest=${manifest}`, ...target, "--log-format=json", log];
    const program = [process.execPath, join(checkout, "src", "main.ts")];
    const bound = ["setpriv", "--pdeathsig", "KILL", ...prefix];
    const child = Bun.spawn([...bound, ...program, ...argv, ...common], {
      cwd: checkout,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    return await follow(child, interruption);
  };
  return {
    disk,
    manifest,
    root,
    run: (argv, interruption) => start(inside, argv, interruption),
    runOutside: (argv) => start([], argv),
    leftovers: async () => {
      await pollUntil(5, async () => (await strangers()).length === 0);
      const processes = await Promise.all((await strangers()).map(commandOf));
      const { stdout } = await exec([
        ...inside,
        "find",
        "/tmp",
        "/run",
        "/dev/shm",
        "-mindepth",
        "1",
      ]);
      // libmount keeps a directory for what programs like mount(8) tell each other.
      const files = stdout.split("\n").filter((path) => path !== "" && path !== "/run/mount");
      return [...processes, ...files];
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
