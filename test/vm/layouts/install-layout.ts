import { expect } from "bun:test";
import { join } from "node:path";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { type LayoutName, layoutNames } from "../../system/layouts.ts";
import { type BootedSystem, type LiveSystem, type Machine, machine } from "../index.ts";
import { hostAddress, installDeadline, liveState } from "../scenarios/scenario.ts";
import { expectedStorage } from "./expected-storage.ts";
import { layoutManifest } from "./fill-in.ts";
import { type Layout, layouts } from "./layouts.ts";
import { observe, observedStorage } from "./observed-storage.ts";
import type { ManifestStorage } from "./storage-report.ts";

/** Where the first run of an install is killed: each layout has one of these. */
const killedAt = ["Mark what is made on", "Pull ", "Activate "];

/** The layouts whose first run is killed in `npm test`: one of each kind that has to be opened again. */
const frequentlyKilled: readonly LayoutName[] = ["btrfs-subvolumes", "luks-lvm", "raid1-esp-each"];

/** Disks of a layout that names none. */
const oneDisk = [{ name: "main", size: 2048 }];

/**
 * Installs a layout from a live system, some with a first run that is killed, boots it from its own disks and asserts that it is what its manifest says, in the
 * words of the running system, and that the live system and the other disks are as they were.
 */
export async function expectLayout(name: LayoutName): Promise<void> {
  const layout: Layout = layouts[name];
  const fixture = await systemFixture();
  const toplevel = fixture.layouts[name];
  await using cache = await serveDirectory(fixture.layoutCache);
  await using computer = await machine({
    name: `layout-${name}`,
    firmware: layout.firmware,
    disks: layout.disks ?? oneDisk,
  });
  const hashes = () => Promise.all(layout.untouched?.map((disk) => computer.hashDisk(disk)) ?? []);
  const untouched = await hashes();
  const manifest = await layoutManifest(name, {
    "@toplevel@": toplevel,
    "@substituter@": cache.url(hostAddress),
    "@public-key@": fixture.publicKey,
  });

  await install(computer, { name, ...layout }, manifest, fixture);
  const { manifest: storage } = parseManifest({ file: `${name}.toml`, text: manifest });
  for (const [n, boot] of (layout.boots ?? [{}]).entries()) {
    const booted = await computer.bootDisk(boot);
    if (layout.passphrase !== undefined) await unlock(booted, layout.passphrase);
    await booted.console.login("root", fixture.password);
    await expectRunning(booted, toplevel);
    if (n === 0) await expectReports(booted, storage, layout.reports ?? {});
    await booted.powerOff();
  }
  expect(await hashes()).toEqual(untouched);
}

async function install(
  computer: Machine,
  layout: Layout & { readonly name: LayoutName },
  manifest: string,
  fixture: SystemFixture,
): Promise<void> {
  const kernelParameters = layout.withoutUdev === true ? ["landfall.udev=0"] : [];
  const live = await computer.live({ kernelParameters });
  await prepare(live, layout);
  if (manifest.includes("/root/nix.tar.xz")) {
    await live.copyIn(fixture.nixTarball, "/root/nix.tar.xz");
  }
  const before = await liveState(live);
  const options = {
    manifest,
    environment: layout.environment ?? {},
    timeout: installDeadline,
  };
  // Its swap file would hold the disk until the live system is started again (docs/resuming.md).
  const canBeKilled = process.env.LANDFALL_LAYOUTS === "all" && layout.name !== "swap";
  const isKilled = canBeKilled || frequentlyKilled.includes(layout.name);
  if (isKilled) {
    const moment = killedAt[layoutNames.indexOf(layout.name) % killedAt.length] ?? "";
    const killed = await live.install({ ...options, killedAt: moment });
    expect(killed).toMatchObject({ exitCode: 137 });
  }
  const { exitCode, output } = await live.install(options);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  if (isKilled) {
    expect(output).toContain("an earlier run was broken off");
    const again = await live.install(options);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.output).toContain("nothing to do");
  }
  expect(await liveState(live)).toEqual(before);
  await live.powerOff();
}

async function prepare(live: LiveSystem, { files = {}, prepare: script }: Layout): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await live.run(["mkdir", "-p", "-m", "700", join(path, "..")]);
    await live.writeFile(path, content, "600");
  }
  if (script === undefined) return;
  expect(await live.run(`set -e\n${script}`)).toEqual({ exitCode: 0, output: "" });
}

/** Types the passphrase as a person would who sees the prompt of stage 1. */
async function unlock({ console }: BootedSystem, passphrase: string): Promise<void> {
  await console.answer(/Passphrase for .*: ?/, passphrase, /<<< NixOS Stage 2 >>>/);
}

/** Asserts that the system that was installed runs, with nothing failed. */
async function expectRunning({ console }: BootedSystem, toplevel: string): Promise<void> {
  expect(await console.run("readlink -f /run/current-system")).toMatchObject({
    output: `${toplevel}\n`,
  });
  const state = await console.run("systemctl is-system-running --wait", { timeout: 180 });
  const failed = await console.run("systemctl list-units --failed --no-legend --plain");
  expect([state.output.trim(), failed.output.trim()]).toEqual(["running", ""]);
}

async function expectReports(
  { console }: BootedSystem,
  storage: ManifestStorage,
  reports: Readonly<Record<string, string | RegExp>>,
): Promise<void> {
  const observations = await observe(console, Object.keys(storage.filesystem));
  expect(observedStorage(storage, observations)).toEqual(expectedStorage(storage));
  for (const [command, wanted] of Object.entries(reports)) {
    const { output } = await console.run(command);
    const pattern = typeof wanted === "string" ? wanted : expect.stringMatching(wanted);
    expect({ command, prints: output.trim() }).toEqual({ command, prints: pattern });
  }
}
