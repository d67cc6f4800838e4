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
  "BIOS, GRUB, ext4, swap, xz cache, 512 MB and one core: installs from a live system in memory and boots",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.cache.xz);
    await using computer = await machine({
      name: "bios",
      firmware: "bios",
      memory: 512,
      cpus: 1,
      disks: [
        { name: "main", size: 4096 },
        { name: "data", size: 64 },
      ],
    });
    const live = await computer.live({ inMemory: true });
    const dataDisk = "/dev/disk/by-id/virtio-landfall-data";
    await live.run(`mkfs.ext4 -q ${dataDisk}`);
    const dataHash = (await live.run(`sha256sum ${dataDisk}`)).output;
    const before = await liveState(live);
    await live.copyIn(fixture.treeTarball, "/root/store.tar.zst");
    const { exitCode, output } = await live.install({
      manifest: hostManifest({
        firmware: "bios",
        toplevel: fixture.toplevel.bios,
        substituter: cache.url(hostAddress),
        publicKey: fixture.publicKey,
        tarball: "/root/store.tar.zst",
      }),
      timeout: installDeadline,
    });
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(await liveState(live)).toEqual(before);
    expect((await live.run(`sha256sum ${dataDisk}`)).output).toBe(dataHash);
    await live.powerOff();

    const booted = await computer.bootDisk();
    await expectInstalledSystem(booted, fixture, "bios");
    const { console } = booted;
    const swap = await console.run("swapon --show=TYPE --noheadings");
    expect(swap.output.trim()).toBe("partition");
    await booted.powerOff();
  },
  scenarioTimeout,
);
