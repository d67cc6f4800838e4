/*
 * `npm run demo`: builds the installer, boots a live system in a virtual machine, installs a system from a local cache
 * with nobody watching, boots the machine from its own disk and shows what runs there.
 */
import { join } from "node:path";
import { hostManifest } from "../support/host-manifest.ts";
import { serveDirectory } from "../support/nginx.ts";
import { systemFixture } from "../system/index.ts";
import { machine } from "../vm/index.ts";

const hostAddress = "10.0.2.2";
const bold = (text: string) => `\u001b[1m${text}\u001b[0m`;
const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;

function say(text: string): void {
  console.log(`${bold("==>")} ${text}`);
}

function show(text: string): void {
  for (const line of text.trimEnd().split("\n")) console.log(`    ${line}`);
}

async function buildInstaller(): Promise<void> {
  say("Building dist/installer");
  const build = Bun.spawn([process.execPath, "build.ts"], {
    cwd: join(import.meta.dir, "..", ".."),
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await build.exited) !== 0) throw new Error("the installer could not be built");
}

await buildInstaller();
say("Building a NixOS-shaped system and its binary cache with real Nix (kept for the next time)");
const fixture = await systemFixture((line) => show(dim(line)));

await using cache = await serveDirectory(fixture.cache.zstd, {
  routes: { "/tarball/": join(fixture.nixTarball, "..") },
});
const tarballName = fixture.nixTarball.split("/").at(-1);
const manifest = hostManifest({
  firmware: "uefi",
  toplevel: fixture.toplevel.uefi,
  substituter: cache.url(hostAddress),
  publicKey: fixture.publicKey,
  tarball: "-",
  action: "reboot",
});

let showsConsole = false;
await using computer = await machine({
  name: "demo",
  firmware: "uefi",
  onConsoleLine: ({ text }) => {
    if (/login: /.test(text)) showsConsole = false;
    if (showsConsole && text.trim() !== "") show(dim(text));
  },
});

say("Booting a live system in a virtual machine (UEFI, an empty 4 GiB disk, no KVM: be patient)");
const live = await computer.live({ onProgress: (line) => show(dim(line)) });
say("The manifest, host.toml:");
show(manifest);
say("Running in the live system: curl …/nix.tar.xz | ./installer --manifest host.toml");
const started = performance.now();
const result = await live.install({
  manifest,
  stdin: `curl -sSL ${cache.url(hostAddress)}/tarball/${tarballName}`,
  onLine: show,
});
if (result.exitCode !== undefined && result.exitCode !== 0) {
  show(result.log);
  throw new Error(`the installer ended with exit code ${result.exitCode}`);
}
await live.ended();
say(`Installed in ${((performance.now() - started) / 1000).toFixed(0)} s; the machine reboots`);

say("Booting from the machine's own disk");
showsConsole = true;
const booted = await computer.bootDisk();
await booted.console.login("root", fixture.password);
say("Logged in on the serial console of the installed system:");
for (const command of [
  "grep PRETTY_NAME /etc/os-release",
  "readlink /run/current-system",
  "findmnt --real -o TARGET,SOURCE,FSTYPE,SIZE",
  "bootctl list --no-pager | head -n 8",
  "systemctl is-system-running --wait",
  "systemctl list-units --failed --no-legend | wc -l",
  "nix-store --verify --check-contents && echo 'the store is intact'",
]) {
  show(bold(`# ${command}`));
  show((await booted.console.run(command, { timeout: 300 })).output.trim());
}
await booted.powerOff();
say("That was it. The console's logs are in build/vm/demo.");
