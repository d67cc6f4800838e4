import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, mkdir, mkdtemp, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, type FailureReason } from "../../../src/errors.ts";
import { exec } from "../../../src/run/command.ts";
import { type JsonEvent, readEvents } from "../../support/events.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { lines } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { type ClosureFixture, closureFixture } from "../cache/closure-fixture.ts";

/*
 * Every exit code of the README, each reached by the compiled installer, with its events held against their schema and
 * its error as people read it.
 */

const minutes = 60 * 1000;
setDefaultTimeout(3 * minutes);

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

let closure: ClosureFixture;
let system: SystemFixture;
let closureCache: WebServer;
/** So slow that a pull is under way when something happens. */
let slowCache: WebServer;
let systemCache: WebServer;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let log: string;

beforeAll(async () => {
  closure = await closureFixture();
  system = await systemFixture();
  closureCache = await serveDirectory(closure.caches.zstd);
  slowCache = await serveDirectory(closure.caches.zstd, {
    server: "location /nar/ { limit_rate 1k; }",
  });
  systemCache = await serveDirectory(system.cache.zstd);
  scratch = await scratchDirectory("exit-codes");
  await chmod(scratch.path, 0o755);
  log = join(scratch.path, "log");
}, 20 * minutes);

afterAll(async () => {
  await closureCache[Symbol.asyncDispose]();
  await slowCache[Symbol.asyncDispose]();
  await systemCache[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

/** What came of a run of the installer. */
interface Outcome {
  readonly exitCode: number;
  readonly events: readonly JsonEvent[];
  /** What people read, on standard error. */
  readonly text: string;
  readonly log: string;
}

/** How the installer is run. */
interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Sent as soon as a step is under way whose title matches. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly during: RegExp };
}

async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = Bun.spawn(["setpriv", "--pdeathsig", "KILL", installer, ...argv], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...options.environment },
  });
  const stderr = new Response(child.stderr).text();
  let stdout = "";
  for await (const line of lines(child.stdout)) {
    stdout += `${line}\n`;
    const { type, title }: { type?: unknown; title?: unknown } = JSON.parse(line);
    if (type === "step-started" && options.signal?.during.test(String(title))) {
      child.kill(options.signal.name);
    }
  }
  const [exitCode, text] = await Promise.all([child.exited, stderr]);
  const file = Bun.file(log);
  return {
    exitCode,
    events: readEvents(stdout),
    text,
    log: (await file.exists()) ? await file.text() : "",
  };
}

/** What every run gets, with an empty directory for the new system. */
async function commonArguments(): Promise<readonly string[]> {
  const root = await mkdtemp(join(scratch.path, "root-"));
  await chmod(root, 0o755);
  return ["--log-format", "json", "--log-file", log, "--root", root];
}

/** Runs `installer pull` for the small closure. */
async function pull(
  { substituter = closureCache.url(), publicKey = closure.publicKey } = {},
  options: RunOptions = {},
): Promise<Outcome> {
  const manifest = join(scratch.path, "pull.toml");
  await Bun.write(
    manifest,
    `version = 1

[system]
toplevel = "${closure.toplevel}"

[cache]
substituters = ["${substituter}"]
trusted-public-keys = ["${publicKey}"]
`,
  );
  return await run(["pull", "--manifest", manifest, ...(await commonArguments())], options);
}

/** Runs an install on a disk of this machine. */
async function install(
  device: string,
  change: (manifest: string) => string = (manifest) => manifest,
): Promise<Outcome> {
  const manifest = join(scratch.path, "host.toml");
  const text = hostManifest({
    firmware: "bios",
    toplevel: system.toplevel.bios,
    substituter: systemCache.url(),
    publicKey: system.publicKey,
    tarball: system.nixTarball,
    device,
  })
    // Another disk of this machine may have been made from the same system, for another test.
    .replace("[system]", `[system]\nseed = "${crypto.randomUUID()}"`);
  await Bun.write(manifest, change(text));
  return await run(["--manifest", manifest, ...(await commonArguments())]);
}

/** A disk of 3 GiB that fails once a MiB of it is written: the file system that its image is in is full then. */
async function failingDisk(): Promise<{ readonly path: string } & AsyncDisposable> {
  const directory = join(scratch.path, "full");
  await mkdir(directory, { recursive: true });
  await exec(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory]);
  const image = join(directory, "image");
  await Bun.write(image, "");
  await truncate(image, 3 * 2 ** 30);
  const { stdout } = await exec(["losetup", "--find", "--show", image]);
  const path = stdout.trim();
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await exec(["partx", "--delete", path], { allowedExitCodes: [0, 1] });
      await exec(["losetup", "--detach", path]);
      await exec(["umount", "--lazy", directory]);
    },
  };
}

/** One way to an exit code, and what people are told there. */
interface Way {
  readonly when: string;
  readonly reach: () => Promise<Outcome>;
  readonly says: readonly (string | RegExp)[];
}

const ways: Readonly<Record<FailureReason | "success", Way>> = {
  success: {
    when: "the closure was pulled",
    reach: () => pull(),
    says: [/^finished in /m],
  },
  bug: {
    when: "nobody caught an exception",
    reach: async () => {
      // Bun loads it into the installer, where it throws as a mistake of the installer's own would.
      const mistake = join(scratch.path, "mistake.js");
      await Bun.write(mistake, 'setTimeout(() => { throw new TypeError("a mistake"); }, 1500);');
      // With this it does not start itself again, which would leave out what makes Bun load code.
      const options = { BUN_JSC_useFTLJIT: "0" };
      return await pull(
        { substituter: slowCache.url() },
        { environment: { ...options, BUN_OPTIONS: `--preload=${mistake}` } },
      );
    },
    says: [
      "error: this is a bug in the installer: a mistake",
      /^ {2}version {3}installer \d+\.\d+\.\d+ \(Bun /m,
      /^ {2}step {6}Pull \d+ store paths .* \(pull\)$/m,
      /mistake\.js:1:/,
      "Report it with this text, the log and the manifest.",
    ],
  },
  usage: {
    when: "an option does not exist",
    reach: () => run(["--manifst", "host.toml"]),
    says: ["--manifst", "--manifest"],
  },
  manifest: {
    when: "the manifest is wrong",
    reach: () => install("/dev/loop0", (text) => text.replace("size =", "sise =")),
    says: ["the manifest", "sise"],
  },
  refused: {
    when: "the disk is not there",
    reach: () => install("/dev/no-such-disk"),
    says: ["there is no disk /dev/no-such-disk"],
  },
  disk: {
    when: "the disk does not take what is written",
    reach: async () => {
      await using disk = await failingDisk();
      return await install(disk.path);
    },
    says: [/^ {2}step {6}/m],
  },
  cache: {
    when: "there is no cache",
    reach: () => pull({ substituter: `${closureCache.url()}/nowhere` }),
    says: ["/nowhere"],
  },
  integrity: {
    when: "nobody trusted has signed the system",
    reach: () => pull({ publicKey: `other-1:${"A".repeat(43)}=` }),
    says: [/signed|signature/],
  },
  system: {
    when: "the boot loader cannot be installed",
    reach: async () => {
      await using disk = await loopDisk(3 * 2 ** 30);
      return await install(disk.path);
    },
    says: [
      /^ {2}step {6}Install the boot loader/m,
      /^ {2}command {3}/m,
      "/dev/disk/by-id/virtio-landfall-main",
    ],
  },
  interrupted: {
    when: "a signal comes",
    reach: () =>
      pull({ substituter: slowCache.url() }, { signal: { name: "SIGTERM", during: /^Pull/ } }),
    says: ["interrupted by SIGTERM"],
  },
};

/** What ends before there is a run has no events, and no log. */
const beforeRun: ReadonlySet<string> = new Set(["usage"]);

describe.each(Object.entries(ways))("%s", (reason, { when, reach, says }) => {
  const expected = Object.entries(exitCodes).find(([name]) => name === reason)?.[1] ?? 0;

  test(`exit code ${expected} when ${when}, told to people, to programs and in the log`, async () => {
    const outcome = await reach();
    expect({ exitCode: outcome.exitCode, text: outcome.text }).toMatchObject({
      exitCode: expected,
    });
    for (const text of says) expect(outcome.text).toMatch(text);
    if (beforeRun.has(reason)) {
      expect(outcome.events).toEqual([]);
      return;
    }
    const { events } = outcome;
    expect(events[0]).toMatchObject({ type: "run", version: 1, log });
    expect(events.at(-1)).toMatchObject({
      type: "result",
      exitCode: expected,
      outcome: reason,
      log,
    });
    const errors = events.filter(({ type }) => type === "error");
    expect(errors).toHaveLength(expected === 0 ? 0 : 1);
    for (const { error } of errors) expect(error).toMatchObject({ reason, exitCode: expected });
    // At the beginning and at the end.
    expect(outcome.text).toStartWith(`log: ${log}\n`);
    expect(outcome.text.trimEnd()).toEndWith(log);
    expect(outcome.log).toContain(`Z exit status ${expected} after `);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });
});
