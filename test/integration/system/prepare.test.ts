import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmod, lstat, mkdir, readdir, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchDirectory } from "../../support/scratch.ts";
import { type Outcome, runInstaller, type SystemStep, systemSteps } from "./installer-run.ts";
import { makeTarget, toplevel } from "./target.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;

beforeEach(async () => {
  scratch = await scratchDirectory("system");
  // The target must be reachable by everyone, as a live system's /mnt is.
  await chmod(scratch.path, 0o755);
  root = join(scratch.path, "root");
  await mkdir(root);
  await makeTarget(root);
});

afterEach(() => scratch[Symbol.asyncDispose]());

function run(kind: "profile" | "prepare-root", system: string = toplevel): Promise<Outcome> {
  const step: SystemStep = systemSteps(root, system)[kind];
  return runInstaller(scratch.path, { steps: [step] });
}

/** Type, permissions and owner of a file of the target, links not followed. */
async function modeOf(path: string): Promise<string> {
  const { mode, uid, gid } = await lstat(join(root, path));
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
}

const profiles = () => join(root, "nix/var/nix/profiles");

test("the first generation leads to the system's logical store path, and Nix will keep it", async () => {
  expect((await run("profile")).error).toBeUndefined();
  expect(await readlink(join(profiles(), "system"))).toBe("system-1-link");
  expect(await readlink(join(profiles(), "system-1-link"))).toBe(toplevel);
  expect(await readlink(join(root, "nix/var/nix/gcroots/profiles"))).toBe("/nix/var/nix/profiles");
  expect(await modeOf("nix/var/nix/profiles")).toBe("755 0:0");
  expect((await readdir(profiles())).toSorted()).toEqual(["system", "system-1-link"]);
});

test("a second run keeps the generation, another system makes the next one", async () => {
  await run("profile");
  const first = await lstat(join(profiles(), "system-1-link"));
  await run("profile");
  expect((await readdir(profiles())).toSorted()).toEqual(["system", "system-1-link"]);
  expect((await lstat(join(profiles(), "system-1-link"))).ino).toBe(first.ino);
  expect(await readlink(join(profiles(), "system"))).toBe("system-1-link");

  const other = "/nix/store/22222222222222222222222222222222-nixos-system-test-2";
  await mkdir(join(root, other));
  expect((await run("profile", other)).error).toBeUndefined();
  expect(await readlink(join(profiles(), "system"))).toBe("system-2-link");
  expect(await readlink(join(profiles(), "system-2-link"))).toBe(other);
  expect(await readlink(join(profiles(), "system-1-link"))).toBe(toplevel);
});

test("a garbage collector's root that Nix made for the live system's path is mended", async () => {
  await mkdir(join(root, "nix/var/nix/gcroots"), { recursive: true });
  const link = join(root, "nix/var/nix/gcroots/profiles");
  await symlink(`${root}/nix/var/nix/profiles`, link);
  await run("profile");
  expect(await readlink(link)).toBe("/nix/var/nix/profiles");
});

test("a system that is not in the target's store is no generation", async () => {
  const missing = "/nix/store/33333333333333333333333333333333-nixos-system-test-3";
  const { error } = await run("profile", missing);
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe(`${missing} is not in the store below ${root}`);
});

test("the root is marked, /tmp is everyone's and an empty machine-id is removed", async () => {
  await mkdir(join(root, "etc"), { mode: 0o700 });
  await mkdir(join(root, "tmp"), { mode: 0o755 });
  await writeFile(join(root, "etc/machine-id"), "");
  await writeFile(join(root, "etc/mtab"), "a copy");
  const { error, messages } = await run("prepare-root");
  expect(error).toBeUndefined();
  expect(await modeOf("etc")).toBe("755 0:0");
  expect(await modeOf("tmp")).toBe("1777 0:0");
  expect(await modeOf("etc/NIXOS")).toBe("644 0:0");
  expect(await readlink(join(root, "etc/mtab"))).toBe("/proc/mounts");
  expect((await readdir(join(root, "etc"))).toSorted()).toEqual(["NIXOS", "mtab"]);
  expect(messages.join()).toContain("machine-id");
  expect((await run("prepare-root")).error).toBeUndefined();
});

test("a machine-id that says something stays", async () => {
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
  await run("prepare-root");
  expect((await stat(join(root, "etc/machine-id"))).size).toBe(33);
});

test("a mount point that others cannot reach is refused with the command that mends it", async () => {
  await chmod(scratch.path, 0o750);
  const { error } = await run("prepare-root");
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe(`${scratch.path} has mode 0750: others cannot enter it`);
  expect(error?.hint).toBe(`Run: chmod o+rx ${scratch.path}`);
});

test("an /etc that leads out of the target is refused, and nothing is written there", async () => {
  const elsewhere = join(scratch.path, "elsewhere");
  await mkdir(elsewhere);
  await symlink(elsewhere, join(root, "etc"));
  const { error } = await run("prepare-root");
  expect(error?.exitCode).toBe(8);
  expect(await readdir(elsewhere)).toEqual([]);
});
