import { afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readMountInfo } from "../../../src/linux/mount-info.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { runInstaller, systemSteps } from "./installer-run.ts";

/** Milliseconds to build the fixture where it is not there yet. */
const buildTimeout = 15 * 60 * 1000;

let fixture: SystemFixture;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;

beforeAll(async () => {
  fixture = await systemFixture();
}, buildTimeout);

beforeEach(async () => {
  scratch = await scratchDirectory("system");
  await chmod(scratch.path, 0o755);
  root = join(scratch.path, "root");
  await mkdir(join(root, "nix/store"), { recursive: true });
});

afterEach(() => scratch[Symbol.asyncDispose]());

/** Installs a variant of the fixture into a root that has its store, but no partition for its boot files. */
async function install(variant: keyof SystemFixture["toplevel"], before = "") {
  const steps = systemSteps(root, fixture.toplevel[variant]);
  return await runInstaller(scratch.path, {
    before: `mount --bind ${fixture.builderRoot}/nix/store ${root}/nix/store\n${before}`,
    steps: [
      steps.profile,
      steps["prepare-root"],
      steps.chroot,
      steps.activate,
      steps.tmpfiles,
      steps["boot-loader"],
      steps["boot-check"],
    ],
    after: `umount ${root}/nix/store`,
  });
}

test("the system activates on a live system that is not NixOS, and its boot loader's refusal is told", async () => {
  const before = readMountInfo();
  const { error, mounts } = await install("uefi");
  expect(error?.exitCode).toBe(8);
  expect(error?.message).toBe("installing the boot loader failed with exit status 1");
  expect(error?.output).toContain("'/boot' is not a mounted partition");
  expect(await Bun.file(join(root, "etc/passwd")).text()).toContain("root:x:0:0");
  expect(
    mounts.filter((target) => target.startsWith(root) && !target.endsWith("/nix/store")),
  ).toEqual([]);
  const places = (mountInfo: typeof before) =>
    mountInfo.map(({ mountId, target }) => `${mountId} ${target}`);
  expect(places(readMountInfo())).toEqual(places(before));
});

test("a boot partition that is no ESP fails in the system's own bootctl, with its words", async () => {
  const { error } = await install(
    "uefi",
    `mkdir ${root}/boot && mount -t tmpfs tmpfs ${root}/boot`,
  );
  expect(error?.exitCode).toBe(8);
  expect(error?.output).toContain("/boot");
  expect(error?.output).toContain("Failed to install bootloader");
});
