import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, truncateSync } from "node:fs";
import { chmod, cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pollUntil } from "../../../../src/facts/poll.ts";
import { readMountInfo } from "../../../../src/linux/mount-info.ts";
import { exec } from "../../../../src/run/command.ts";
import { loopDisk } from "../../../support/loop-disk.ts";
import { serveDirectory } from "../../../support/nginx.ts";
import { spawnBound } from "../../../support/process.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { type SshServer, sshServer } from "../../../support/ssh-server.ts";
import { type SystemFixture, systemFixture } from "../../../system/index.ts";
import { type ClosureFixture, closureFixture, nix, pathInfos } from "../closure-fixture.ts";
import { sshStore, storeTarget } from "./store-target.ts";

/* Stores that only the portable store's Nix can read, pulled from by the compiled installer. */

setDefaultTimeout(60_000);

let fixture: ClosureFixture;
let server: SshServer;
let system: SystemFixture;
let environment: Readonly<Record<string, string>>;
/** Store paths of the closure. */
let count: number;

beforeAll(async () => {
  system = await systemFixture();
  fixture = await closureFixture();
  count = (await pathInfos(fixture.store, fixture.toplevel)).length;
  server = await sshServer();
  environment = { NIX_SSHOPTS: `-F ${server.configuration}` };
}, 900_000);

afterAll(() => server[Symbol.asyncDispose]());

const target = (
  substituters: readonly string[],
  options: Partial<Parameters<typeof storeTarget>[0]> = {},
) => storeTarget({ fixture, tarball: system.treeTarball, substituters, ...options });

/** The store below a root is what the closure's own store is, in the eyes of real Nix. */
async function expectClosure(root: string): Promise<void> {
  const known = async (store: string) =>
    (await pathInfos(store, fixture.toplevel)).map((info) => ({ ...info, ultimate: undefined }));
  expect(await known(root)).toEqual(await known(fixture.store));
  await nix(["nix-store", "--store", root, "--verify", "--check-contents"]);
}

/** A copy of the binary cache without some of its paths. */
async function cacheWithout(directory: string, isLeftOut: (name: string) => boolean) {
  await cp(fixture.caches.zstd, directory, { recursive: true });
  const infos = await pathInfos(fixture.store, fixture.toplevel);
  for (const { path } of infos) {
    const [, hash = "", name = ""] = /^\/nix\/store\/(.{32})-(.*)$/.exec(path) ?? [];
    if (isLeftOut(name)) await rm(join(directory, `${hash}.narinfo`));
  }
}

test.each(["ssh", "ssh-ng"] as const)("a closure comes over %s, and once", async (scheme) => {
  await using machine = await target([sshStore(scheme, server, fixture.store)]);
  const first = await machine.run("pull", environment);
  expect(first).toMatchObject({ exitCode: 0, stderr: "" });
  expect(first.stdout).toContain(`${count} store paths, all signed by a trusted key`);
  await expectClosure(machine.root);
  const second = await machine.run("pull", environment);
  expect(second).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await machine.log()).toContain(`0 paths copied, ${count} were there already`);
});

test("what Nix has copied and a power cut has emptied is copied anew, and only that", async () => {
  await using machine = await target([`local?root=${fixture.store}`]);
  expect(await machine.run("pull")).toMatchObject({ exitCode: 0, stderr: "" });
  const infos = await pathInfos(machine.root, fixture.toplevel);
  const damaged = infos.filter(({ path }) => /-(?:tool|small-3)$/.test(path));
  for (const { path } of damaged) {
    const file = join(machine.root, path);
    truncateSync(path.endsWith("-tool") ? join(file, "references") : file, 0);
  }
  const second = await machine.run("pull");
  expect(second.exitCode).toBe(0);
  for (const { path } of damaged) expect(second.stdout).toContain(`${path} is damaged`);
  expect(await machine.log()).toContain(`2 paths copied, ${count - 2} were there already`);
  await expectClosure(machine.root);
});

test("a store of the live system is one, too", async () => {
  await using machine = await target([`local?root=${fixture.store}`]);
  expect(await machine.run("pull")).toMatchObject({ exitCode: 0, stderr: "" });
  await expectClosure(machine.root);
});

test.each(["unix", "daemon"])("a store behind a Nix daemon is one: %s", async (scheme) => {
  await using scratch = await scratchDirectory("daemon");
  const live = join(scratch.path, "nix");
  const directory = join(live, "var/nix/daemon-socket");
  await mkdir(directory, { recursive: true });
  await mkdir(join(live, "store"));
  const socket = join(directory, "socket");
  const variables = [`NIX_REMOTE=local?root=${fixture.store}`, `NIX_DAEMON_SOCKET_PATH=${socket}`];
  const daemon = spawnBound(["env", ...variables, "nix-daemon"], scratch.path);
  try {
    expect(await pollUntil(20, () => existsSync(socket))).toBe(true);
    await using machine = await target([scheme === "unix" ? `unix://${socket}` : scheme]);
    // The live system has its store and its daemon's socket in /nix, where the portable store will be.
    const bind = `
      mount --bind '${live}' /nix
      mount --bind '${fixture.store}/nix/store' /nix/store
      exec "$@"
    `;
    const prefix = ["unshare", "--mount", "sh", "-euc", bind, "sh"];
    expect(await machine.run("pull", {}, prefix)).toMatchObject({ exitCode: 0, stderr: "" });
    await expectClosure(machine.root);
  } finally {
    daemon.kill();
    await daemon.exited;
  }
});

test("what a cache has comes from there, the rest over ssh, whichever refers to the other", async () => {
  await using scratch = await scratchDirectory("cache");
  const cache = join(scratch.path, "cache");
  await cacheWithout(cache, (name) => name === "tool" || name === "small-7");
  await using web = await serveDirectory(cache);
  await using machine = await target([sshStore("ssh", server, fixture.store), web.url()]);
  const { exitCode, stdout, stderr } = await machine.run("pull", environment);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const steps = stdout.match(/(?<=\] )(Pull|Copy) \d+/g) ?? [];
  // What the tool refers to; the tool and a path that refers to it; what refers to these.
  expect(steps.map((step) => step.slice(0, 4))).toEqual(["Pull", "Copy", "Pull"]);
  expect(steps[1]).toBe("Copy 2");
  await expectClosure(machine.root);
  const requests = await web.accessLog();
  expect(requests.filter((line) => line.includes("/nar/"))).toHaveLength(count - 2);
  const profiles = (await machine.log()).match(/(?<=Z )\{.*"type":"profile".*$/gm) ?? [];
  const { profile } = JSON.parse(profiles.at(-1) ?? "{}");
  expect(profile).toMatchObject({ paths: count - 2, copy: { paths: 2 } });
  expect(profile.copy.seconds).toBeGreaterThan(0);
});

test("a store that lacks what others have gives what it has", async () => {
  await using scratch = await scratchDirectory("store");
  const store = join(scratch.path, "store");
  const [library = ""] = (await pathInfos(fixture.store, fixture.toplevel))
    .map(({ path }) => path)
    .filter((path) => path.endsWith("-library"));
  await nix(["nix", "copy", "--no-check-sigs", "--from", fixture.store, "--to", store, library]);
  await using machine = await target([`local?root=${store}`, `local?root=${fixture.store}`]);
  const { exitCode, stdout, stderr } = await machine.run("pull");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain(`Copy 1 store path from local?root=${store}`);
  await expectClosure(machine.root);
});

test("caches that are down are left out with a warning when a store has it all", async () => {
  const substituters = ["http://127.0.0.1:1/", `local?root=${fixture.store}`];
  await using machine = await target(substituters);
  const { exitCode, stdout } = await machine.run("pull");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("warning: a cache is left out: http://127.0.0.1:1/nix-cache-info");
  await expectClosure(machine.root);
});

test("paths that nobody trusted has signed are refused before anything is written", async () => {
  const publicKey = `other-1:${"A".repeat(43)}=`;
  await using machine = await target([`local?root=${fixture.store}`], { publicKey });
  const { exitCode, stderr } = await machine.run("pull");
  expect(exitCode).toBe(7);
  expect(stderr).toContain("has it, but it is signed only by test-1 (trusted are other-1)");
  expect(readdirSync(machine.root)).toEqual([".keep"]);
  await using careless = await target([`local?root=${fixture.store}`], {
    publicKey,
    cache: "require-sigs = false",
  });
  expect(await careless.run("pull")).toMatchObject({ exitCode: 0 });
  await expectClosure(careless.root);
});

test("a path that is not what its store says ends it with its name", async () => {
  await using scratch = await scratchDirectory("damaged");
  const store = join(scratch.path, "store");
  await Bun.$`cp -a ${fixture.store} ${store}`;
  const [library = ""] = readdirSync(join(store, "nix/store")).filter((name) =>
    name.endsWith("-library"),
  );
  await Bun.$`chmod u+w lib/file && echo Contents > lib/file && chmod a-w lib/file`.cwd(
    join(store, "nix/store", library),
  );
  await using machine = await target([sshStore("ssh", server, store)]);
  const { exitCode, stderr } = await machine.run("pull", environment);
  expect(exitCode).toBe(7);
  expect(stderr).toContain(`/nix/store/${library} could not be copied from ssh://root@127.0.0.1`);
  expect(stderr).toContain("hash mismatch");
});

test("a plan knows the paths of stores, and leaves nothing behind", async () => {
  await using disk = await loopDisk(2 ** 30);
  const tables = `
[disk.main]
device = "${disk.path}"

[[disk.main.partition]]
name = "bios"
size = "1MiB"
type = "bios-boot"

[[disk.main.partition]]
name = "root"

[filesystem."/"]
device = "main.root"
type = "ext4"
`;
  // The closure is no system that could be installed.
  const allow = ["preflight/no-nixos-system"];
  await using machine = await target([sshStore("ssh-ng", server, fixture.store)], {
    tables,
    allow,
  });
  const mounts = readMountInfo();
  const { exitCode, stdout, stderr } = await machine.run("plan", environment);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  // Long titles are broken between words.
  const shown = stdout.replaceAll(/\s+/g, " ");
  expect(shown).toContain("(kept in memory)");
  expect(shown).toContain(
    `Copy ${count} store paths from ssh-ng://root@127.0.0.1:${server.port} with Nix`,
  );
  expect(shown).toContain(`Let Nix check the ${count} store paths on the target`);
  expect(readMountInfo()).toEqual(mounts);
  expect(readdirSync(machine.root)).toEqual([".keep"]);
});

test("a signal in the middle of a copy ends Nix and ssh with it", async () => {
  await using scratch = await scratchDirectory("slow");
  // What the host runs: it hangs once it has told about the paths.
  const program = join(scratch.path, "nix-store");
  const hanging = join(scratch.path, "hanging");
  await exec(["mkfifo", hanging]);
  await Bun.write(
    program,
    `#!/bin/sh
if mkdir '${scratch.path}/asked' 2>/dev/null; then exec nix-store "$@"; fi
echo $$ >'${hanging}'
exec sleep 600
`,
  );
  await chmod(program, 0o755);
  const settings = `&remote-program=${program}`;
  await using machine = await target([sshStore("ssh", server, fixture.store, settings)]);
  const child = machine.start(environment);
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) =>
    new Response(stream).text(),
  );
  const { stdout: processId } = await exec(["cat", hanging]);
  const clients = `root@127.0.0.1.*${program}`;
  expect(await Bun.$`pgrep -f ${clients}`.nothrow().text()).not.toBe("");
  child.kill("SIGTERM");
  expect(await child.exited).toBe(130);
  expect(await stdout).toContain(`Copy ${count} store paths`);
  expect(await stderr).toContain("interrupted by SIGTERM");
  process.kill(Number(processId));
  expect(await Bun.$`pgrep -f ${clients}`.nothrow().text()).toBe("");
});

/** An environment in which ssh knows no host. */
const unknownHost = () => ({
  NIX_SSHOPTS: `${environment.NIX_SSHOPTS} -oUserKnownHostsFile=/dev/null`,
});

describe("a store that cannot be reached is told with what can be done", () => {
  const failures: readonly (readonly [
    problem: string,
    substituter: () => string,
    variables: () => Readonly<Record<string, string>>,
  ])[] = [
    [
      "ssh is not let in",
      () => `ssh://root@127.0.0.1:${server.port}?ssh-key=/nonexistent`,
      () => environment,
    ],
    ["ssh does not know the host's key", () => sshStore("ssh", server, fixture.store), unknownHost],
    ["Connection refused", () => "ssh-ng://root@127.0.0.1:1", () => environment],
    ["does not have it", () => sshStore("ssh", server, "/nonexistent/store"), () => environment],
    // Debian's Nix 2.8 is built without it.
    [
      "the portable store's Nix is built without S3",
      () => "s3://bucket?region=eu-west-1",
      () => ({}),
    ],
    ["unix:///nonexistent/socket cannot be used", () => "unix:///nonexistent/socket", () => ({})],
  ];
  test.each(failures)("%s", async (problem, substituter, variables) => {
    await using machine = await target([substituter()]);
    const { exitCode, stderr } = await machine.run("pull", variables());
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining(problem),
    });
    expect(existsSync(join(machine.root, "nix"))).toBe(false);
  });
});
