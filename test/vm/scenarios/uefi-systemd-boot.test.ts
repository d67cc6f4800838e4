import { expect, test } from "bun:test";
import { hostManifest } from "../../support/host-manifest.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import { machine } from "../index.ts";
import {
  expectInstalledSystem,
  hostAddress,
  installDeadline,
  liveState,
  scenarioTimeout,
} from "./scenario.ts";

test(
  "UEFI, systemd-boot, ext4, zstd cache: installs from the live system and boots from its disk",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.cache.zstd);
    await using computer = await machine({ name: "uefi", firmware: "uefi" });
    const live = await computer.live();
    const before = await liveState(live);
    await live.copyIn(fixture.nixTarball, "/root/nix.tar.xz");
    const { exitCode, output } = await live.install({
      manifest: hostManifest({
        firmware: "uefi",
        toplevel: fixture.toplevel.uefi,
        substituter: cache.url(hostAddress),
        publicKey: fixture.publicKey,
        tarball: "/root/nix.tar.xz",
      }),
      timeout: installDeadline,
    });
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(await liveState(live)).toEqual(before);
    await live.powerOff();

    const booted = await computer.bootDisk();
    await expectInstalledSystem(booted, fixture, "uefi");
    const { console } = booted;
    const firmwareEntry = await console.run("bootctl --no-pager status");
    expect(firmwareEntry.output).toContain("Linux Boot Manager");
    await booted.powerOff();
  },
  scenarioTimeout,
);
