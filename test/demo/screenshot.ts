/*
 * `bun test/demo/screenshot.ts` makes docs/install.svg: it runs dist/installer in tmux, 80 columns wide, on a loop disk
 * with a cache that is slow enough to be watched, takes what is on the screen in the middle of the pull, and breaks off.
 * It must be root, and tmux must be there.
 */
import { chmod, mkdtemp, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { hostManifest } from "../support/host-manifest.ts";
import { loopDisk } from "../support/loop-disk.ts";
import { serveDirectory } from "../support/nginx.ts";
import { systemFixture } from "../system/index.ts";
import { screenSvg } from "./screen-svg.ts";

const checkout = join(import.meta.dir, "..", "..");
const target = join(checkout, "docs", "install.svg");
const size = { columns: 80, rows: 24 };

/** The moment at which the picture is taken: somewhat before the middle of the pull. */
const moment = /Pull \d+ store paths[\s\S]*[45]\d%/;

/** Runs tmux with a server of its own and nobody's configuration; gives what it prints. */
async function tmux(...argv: readonly string[]): Promise<string> {
  const child = Bun.spawn(["tmux", "-L", "landfall-screenshot", "-f", "/dev/null", ...argv], {
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, LANG: "C.UTF-8", TERM: "xterm-256color" },
  });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`tmux ${argv.join(" ")} failed`);
  return output;
}

/** What is on the screen, once it says what is waited for. */
async function screenWith(pattern: RegExp, seconds: number): Promise<string> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const text = await tmux("capture-pane", "-p", "-t", "installer");
    if (pattern.test(text)) return await tmux("capture-pane", "-e", "-p", "-t", "installer");
    const isOver = performance.now() > deadline || /^error:/m.test(text);
    if (isOver) throw new Error(`${pattern} did not appear:\n${text}`);
    await Bun.sleep(100);
  }
}

const fixture = await systemFixture((line) => console.log(line));
await using cache = await serveDirectory(fixture.cache.zstd, {
  server: "location /nar/ { limit_rate 600k; }",
});
await using disk = await loopDisk(4 * 2 ** 30);
const directory = await mkdtemp("/run/install-");
await chmod(directory, 0o755);
try {
  await symlink(fixture.nixTarball, join(directory, "nix.tar.xz"));
  const manifest = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter: cache.url(),
    publicKey: fixture.publicKey,
    tarball: `${directory}/nix.tar.xz`,
  })
    .replace(/^device = "\/dev.*$/m, `device = "${disk.path}"`)
    // The system names the disk of a virtual machine for GRUB.
    .replace("version = 1", 'version = 1\nallow = ["preflight/grub-device-missing"]');
  await Bun.write(join(directory, "host.toml"), manifest);
  await symlink(join(checkout, "dist", "installer"), join(directory, "installer"));
  const { columns, rows } = size;
  const command = `cd ${directory}; clear; PS1='# ' exec bash --norc`;
  await tmux("new-session", "-d", "-s", "installer", "-x", `${columns}`, "-y", `${rows}`, command);
  await tmux(
    "send-keys",
    "-t",
    "installer",
    `./installer --manifest host.toml --root ${directory}/mnt`,
    "Enter",
  );
  const screen = await screenWith(moment, 100);
  await Bun.write(target, screenSvg(screen, columns, "An install under way, in a terminal"));
  console.log(target);
  await tmux("send-keys", "-t", "installer", "C-c");
  await screenWith(/interrupted by SIGINT/, 60);
} finally {
  await tmux("kill-server");
  await rm(directory, { recursive: true, force: true });
}
