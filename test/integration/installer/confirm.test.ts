import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { hostManifest } from "../../support/host-manifest.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { TerminalDialogue } from "../../support/terminal-dialogue.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

/* The compiled installer on a terminal, before a disk that holds something. */

const minutes = 60 * 1000;
const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

let fixture: SystemFixture;
let cache: WebServer;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let disk: LoopDisk;
let manifest: string;

beforeAll(async () => {
  fixture = await systemFixture();
  cache = await serveDirectory(fixture.cache.zstd);
  scratch = await scratchDirectory("confirm");
  await chmod(scratch.path, 0o755);
  disk = await loopDisk(2 ** 30);
  await exec(["mkfs.ext4", "-q", "-L", "photos", disk.path]);
  manifest = join(scratch.path, "host.toml");
  const text = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter: cache.url(),
    publicKey: fixture.publicKey,
    tarball: fixture.treeTarball,
    device: disk.path,
  });
  await Bun.write(manifest, text.replace(/^device = "\/dev.*$/m, "$&\nwipe = true"));
}, 20 * minutes);

afterAll(async () => {
  await disk[Symbol.asyncDispose]();
  await cache[Symbol.asyncDispose]();
  await scratch[Symbol.asyncDispose]();
});

function install(script: string): TerminalDialogue {
  const argv = [
    installer,
    "--root",
    join(scratch.path, "root"),
    "--log-file",
    join(scratch.path, "log"),
  ];
  return new TerminalDialogue(["sh", "-c", script, "sh", ...argv], {
    TERM: "xterm",
    LANG: "C.UTF-8",
  });
}

test.each([
  ["no", "no\n", 4, "not confirmed: nothing was changed"],
  ["Ctrl-D", "\x04", 4, "not confirmed: nothing was changed"],
  ["Ctrl-C", "\x03", 130, "interrupted by SIGINT"],
] as const)(
  "%s: the disk stays as it is",
  async (_, typed, exitCode, told) => {
    const before = await disk.hash();
    // With the manifest on standard input, so that only the terminal is left to ask on.
    await using dialogue = install(
      `trap : INT; cat ${manifest} | "$@" --manifest -; echo "ended with $?"`,
    );
    await dialogue.shows(`Type "yes" to destroy what is on ${disk.path} and install: `);
    expect(Bun.stripANSI(dialogue.shown)).toContain(`LOST ${disk.path}  1 GiB  ext4 "photos"`);
    dialogue.type(typed);
    await dialogue.shows(`ended with ${exitCode}`);
    expect(Bun.stripANSI(dialogue.shown)).toContain(told);
    expect(await disk.hash()).toBe(before);
  },
  2 * minutes,
);
