import { expect, test } from "bun:test";
import { join } from "node:path";
import { hostManifest } from "../../support/host-manifest.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { systemFixture } from "../../system/index.ts";
import { machine } from "../index.ts";
import {
  expectInstalledSystem,
  hostAddress,
  installDeadline,
  scenarioTimeout,
} from "./scenario.ts";

test(
  "manifest by URL, tarball through standard input, reboot at the end: the machine comes up as installed",
  async () => {
    const fixture = await systemFixture();
    await using served = await scratchDirectory("served");
    await using web = await serveDirectory(served.path, {
      routes: { "/cache/": fixture.cache.zstd, "/tarball/": join(fixture.nixTarball, "..") },
    });
    const manifest = hostManifest({
      firmware: "uefi",
      toplevel: fixture.toplevel.uefi,
      substituter: `${web.url(hostAddress)}/cache`,
      publicKey: fixture.publicKey,
      tarball: "-",
      action: "reboot",
    });
    await Bun.write(join(served.path, "host.toml"), manifest);
    const sha256 = new Bun.CryptoHasher("sha256").update(manifest).digest("hex");
    const tarballUrl = `${web.url(hostAddress)}/tarball/${fixture.nixTarball.split("/").at(-1)}`;

    // With so little memory the portable store, whose size nobody knows beforehand, goes to the target disk.
    await using computer = await machine({ name: "url", firmware: "uefi", memory: 1024 });
    const live = await computer.live();
    const refused = await live.install({ manifest: `${web.url(hostAddress)}/host.toml` });
    expect(refused.exitCode).toBe(2);
    expect(refused.output).toContain("--manifest-sha256");

    // As live systems leave it that have no need of the firmware's variables themselves.
    expect(await live.run("umount /sys/firmware/efi/efivars")).toMatchObject({ exitCode: 0 });
    const { exitCode, output } = await live.install({
      manifest: `${web.url(hostAddress)}/host.toml`,
      arguments: ["--manifest-sha256", sha256],
      stdin: `curl -sSL ${tarballUrl}`,
      timeout: installDeadline,
    });
    // The machine may be gone before the installer's exit code has come through.
    expect([0, undefined], output).toContain(exitCode);
    expect(output).toContain("from standard input (kept on the target disk)");
    expect(await live.ended()).toBeString();

    const booted = await computer.bootDisk();
    await expectInstalledSystem(booted, fixture, "uefi");
    const firmwareEntry = await booted.console.run("bootctl --no-pager status");
    expect(firmwareEntry.output).toContain("Linux Boot Manager");
    await booted.powerOff();
  },
  scenarioTimeout,
);
