import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostManifest } from "../../support/host-manifest.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { preflightClosures } from "../../support/preflight-closures.ts";
import { outcomeOf } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

setDefaultTimeout(60_000);

const main = join(import.meta.dir, "../../../src/main.ts");

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, 900_000);

/** Runs `installer check --online` with a manifest of the small system, unless another is named. */
async function checkOnline(
  directory: string,
  substituter: string,
  publicKey = fixture.publicKey,
  toplevel = fixture.layouts["uefi-ext4"],
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const manifest = join(directory, "host.toml");
  const text = hostManifest({
    firmware: "uefi",
    toplevel,
    substituter,
    publicKey,
    tarball: "/nix.tar.xz",
  });
  await Bun.write(manifest, text);
  const argv = [process.execPath, main, "check", "--online", "--manifest", manifest];
  const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "pipe"] });
  return await outcomeOf(child);
}

/** The cache with some of its narinfos taken away or changed, as links to the NARs of the real one. */
function spoiltCache(
  directory: string,
  names: readonly string[],
  change: (text: string) => string | undefined,
): string {
  const cache = join(directory, "cache");
  cpSync(fixture.layoutCache, cache, {
    recursive: true,
    filter: (path) => !path.endsWith("/nar"),
  });
  const files = [...new Bun.Glob("*.narinfo").scanSync({ cwd: cache })];
  const changed = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(cache, file), "utf8");
    const name = /^StorePath: \/nix\/store\/.{32}-(.*)$/m.exec(text)?.[1] ?? "";
    if (!names.includes(name)) continue;
    changed.add(name);
    const replaced = change(text);
    if (replaced === undefined) rmSync(join(cache, file));
    else writeFileSync(join(cache, file), replaced);
  }
  expect([...changed].toSorted()).toEqual([...names].toSorted());
  return cache;
}

test("it tells what the caches have and what system it is, and exits 0", async () => {
  await using scratch = await scratchDirectory("check");
  await using server = await serveDirectory(fixture.layoutCache);
  const { exitCode, stdout, stderr } = await checkOnline(scratch.path, server.url());
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toContain("host.toml: the manifest is valid, and its system can be had\n");
  expect(stdout).toContain(`  toplevel     ${fixture.layouts["uefi-ext4"]}\n`);
  expect(stdout).toMatch(/^ {2}NixOS {8}\d\d\.\d\d\.landfall$/m);
  expect(stdout).toMatch(/^ {2}built for {4}x86_64-linux$/m);
  expect(stdout).toMatch(/^ {2}boot loader {2}systemd-boot, the ESP at \/boot$/m);
  expect(stdout).toMatch(/^ {2}initrd {7}[\d.]+ MiB, NixOS's script, \d+ kernel modules$/m);
  expect(stdout).toMatch(
    /^ {2}closure {6}\d+ store paths, [\d.]+ MiB to download, [\d.]+ MiB unpacked$/m,
  );
});

test("what a system says of itself reaches no terminal as control characters, and one that no machine can have is refused", async () => {
  await using scratch = await scratchDirectory("check");
  const { cache, publicKey, toplevels } = await preflightClosures({
    odd: { fstab: "/dev/\u001B[31mred / ext4\n" },
    unfit: { bootspec: "malformed", hasSwitchProgram: false },
  });
  const { exitCode, stdout } = await checkOnline(
    scratch.path,
    `file://${cache}`,
    publicKey,
    toplevels.odd,
  );
  expect(exitCode).toBe(0);
  expect(stdout).toContain("/ ext4 /dev/\\x1b[31mred\n");
  expect(stdout).not.toContain("\u001B");
  const unfit = await checkOnline(scratch.path, `file://${cache}`, publicKey, toplevels.unfit);
  expect(unfit.exitCode).toBe(4);
  expect(unfit.stderr).toContain("preflight/bootspec-malformed");
  expect(unfit.stderr).toContain("preflight/switch-program-missing");
});

test("all paths that are missing are named in one run, with what needs them, and it exits 6", async () => {
  await using scratch = await scratchDirectory("check");
  const cache = spoiltCache(scratch.path, ["etc-fstab", "etc-hostname"], () => undefined);
  const { exitCode, stdout, stderr } = await checkOnline(scratch.path, `file://${cache}`);
  expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: "" });
  expect(stderr).toContain("2 store paths cannot be had:");
  for (const name of ["etc-fstab", "etc-hostname"]) {
    expect(stderr).toMatch(
      new RegExp(`/nix/store/.{32}-${name}, which /nix/store/.{32}-etc refers to:`),
    );
    expect(stderr).toContain(`it is needed in this way: ${name} ← etc ← nixos-system-`);
  }
  expect(stderr).toContain(`file://${cache}/ does not have it`);
});

test("paths that are not signed are named with the keys that are trusted, and it exits 7", async () => {
  await using scratch = await scratchDirectory("check");
  const cache = spoiltCache(scratch.path, ["etc-fstab", "etc"], (text) =>
    text.replaceAll(/^Sig: .*\n/gm, ""),
  );
  const { exitCode, stderr } = await checkOnline(scratch.path, `file://${cache}`);
  expect(exitCode).toBe(7);
  expect(stderr).toContain("2 store paths cannot be had:");
  const [key] = fixture.publicKey.split(":");
  expect(stderr).toContain(`has it, but it is not signed (trusted are ${key})`);
  expect(stderr).toMatch(/-etc, which \/nix\/store\/.{32}-nixos-system-\S+ refers to:/);
  expect(stderr).toMatch(/-etc-fstab, which \/nix\/store\/.{32}-etc refers to:/);
});

test("a closure that nobody trusted has signed is told in ten paths and a number", async () => {
  await using scratch = await scratchDirectory("check");
  const key = `other-1:${Buffer.alloc(32, 7).toString("base64")}`;
  const { exitCode, stderr } = await checkOnline(
    scratch.path,
    `file://${fixture.layoutCache}`,
    key,
  );
  expect(exitCode).toBe(7);
  expect(stderr).toMatch(/error: \d{3} store paths cannot be had:/);
  expect(stderr).toMatch(/and \d{3} more/);
  expect(stderr.match(/trusted are other-1/g)).toHaveLength(10);
  expect(stderr).toContain("trusted-public-keys");
});

test("a store that only Nix can read is refused, since there is no Nix", async () => {
  await using scratch = await scratchDirectory("check");
  const { exitCode, stderr } = await checkOnline(scratch.path, "ssh://root@build.example.org");
  expect(exitCode).toBe(4);
  expect(stderr).toContain("ssh://root@build.example.org can only be read by the portable store's");
});
