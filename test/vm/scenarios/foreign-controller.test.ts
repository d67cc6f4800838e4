import { expect, test } from "bun:test";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import { machine } from "../index.ts";
import { layoutManifest } from "../layouts/fill-in.ts";
import { provokedInMachines } from "./provoked.ts";
import { hostAddress, scenarioTimeout } from "./scenario.ts";

test(
  "a system for virtio: refused on a machine whose disk is on SATA, which its initrd would not find; its firmware has no keys",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.layoutCache);
    await using computer = await machine({
      name: "foreign-controller",
      firmware: "uefi",
      disks: [{ name: "main", size: 1024, bus: "sata" }],
    });
    const live = await computer.live();
    const manifest = await layoutManifest("uefi-ext4", {
      "@toplevel@": fixture.layouts["uefi-ext4"],
      "@substituter@": cache.url(hostAddress),
      "@public-key@": fixture.publicKey,
    });
    const onSata = manifest
      .replace(/\[portable-store\][^[]*/, "")
      .replace("virtio-landfall-main", "ata-QEMU_HARDDISK_landfall-main");
    const blank = await computer.hashDisk("main");

    const refused = await live.install({ manifest: onSata });
    expect(refused).toMatchObject({ exitCode: 4 });
    const findings = [...refused.output.matchAll(/^ {2}finding {3}(\S+)/gm)].map(([, id]) => id);
    expect(findings).toEqual([...provokedInMachines["a disk that the initrd has no driver for"]]);
    const output = refused.output.replaceAll(/\s+/g, " ");
    expect(output).toContain("initrd has no driver for /dev/sda, and could not mount /");
    expect(output).toContain('Add boot.initrd.availableKernelModules = [ "sd_mod" "ahci" ];');

    const allowed = `allow = ["preflight/initrd-driver-missing"]\n${onSata}`;
    await live.writeFile("/root/allowed.toml", allowed);
    const planned = await live.run(
      "/root/installer plan --manifest /root/allowed.toml --format json 2>/dev/null",
    );
    expect(planned).toMatchObject({ exitCode: 0 });
    const plan: { findings: { id: string; severity: string }[] } = JSON.parse(planned.output);
    expect(plan.findings.map(({ id, severity }) => `${severity}: ${id}`).toSorted()).toEqual([
      ...provokedInMachines["firmware without keys"].map((id) => `note: ${id}`),
      "warning: preflight/initrd-driver-missing",
    ]);
    await live.run("sync");
    expect(await computer.hashDisk("main")).toBe(blank);
  },
  scenarioTimeout,
);
