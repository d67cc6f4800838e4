import { expect, test } from "bun:test";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import { machine } from "../index.ts";
import { layoutManifest } from "../layouts/fill-in.ts";
import { hostAddress, scenarioTimeout } from "./scenario.ts";

/** File systems that the live system can do nothing with, and what it would need. */
const unsupported = {
  bcachefs: `
[bcachefs.pool]
devices = ["main.root"]

[filesystem."/"]
device = "pool"
type = "bcachefs"
`,
  zfs: `
[zpool.pool]
devices = ["main.root"]

[filesystem."/"]
device = "pool"
type = "zfs"
dataset = "root/nixos"
`,
};

const programs = { bcachefs: "bcachefs", zfs: "zpool" };

test(
  "bcachefs and ZFS: refused before anything is written where the live system lacks them, naming what it lacks",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.layoutCache);
    await using computer = await machine({
      name: "missing-support",
      firmware: "bios",
      disks: [{ name: "main", size: 1024 }],
    });
    const live = await computer.live();
    const manifest = await layoutManifest("bios-ext4", {
      "@toplevel@": fixture.layouts["bios-ext4"],
      "@substituter@": cache.url(hostAddress),
      "@public-key@": fixture.publicKey,
    });
    const withoutRoot = manifest.replace(/\[filesystem\."\/"\][^[]*/, "");
    const blank = await computer.hashDisk("main");
    for (const name of ["bcachefs", "zfs"] as const) {
      const refused = await live.install({ manifest: withoutRoot + unsupported[name] });
      expect(refused).toMatchObject({ exitCode: 4 });
      expect(refused.output).toContain(`has no ${programs[name]}`);
      expect(refused.output).toContain(`has no module ${name}`);
    }
    await live.run("sync");
    expect(await computer.hashDisk("main")).toBe(blank);
  },
  scenarioTimeout,
);
