import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { hostManifest } from "../../support/host-manifest.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { testSeed } from "../../support/seed.ts";
import { systemFixture } from "../../system/index.ts";
import { Chance } from "../../unit/disk/random-layout.ts";
import { type LiveSystem, machine } from "../../vm/index.ts";
import {
  expectInstalledSystem,
  hostAddress,
  installDeadline,
} from "../../vm/scenarios/scenario.ts";
import { VolatileDisk } from "./volatile-disk.ts";

/*
 * Machines that lose their power in the middle of an install, and with it what their disk had not written out; the same
 * command in a new live system then ends in a system that boots. The last cut comes the moment the installer says that it
 * has finished. It takes too long for `npm test`, and is run by hand: docs/faults.md.
 */

setDefaultTimeout(4 * 3_600_000);

/** How often the power goes, at least. */
const cuts = Number(process.env.LANDFALL_CUTS ?? 12);

/** When the power goes: so many milliseconds behind so many beginnings and ends of steps. */
interface CutPoint {
  readonly boundary: number;
  readonly milliseconds: number;
}

/** Cuts in a row before an install may finish, at most. */
const cutsPerInstall = 3;

test(`after ${cuts} power cuts, the same command has made a system that boots`, async () => {
  const fixture = await systemFixture();
  await using cache = await serveDirectory(fixture.cache.zstd);
  const manifest = hostManifest({
    firmware: "bios",
    toplevel: fixture.toplevel.bios,
    substituter: cache.url(hostAddress),
    publicKey: fixture.publicKey,
    tarball: "/root/store.tar.zst",
  });
  /** @returns The exit code, and where the installer was; no exit code where the power has gone. */
  async function install(live: LiveSystem, cut?: CutPoint) {
    await live.copyIn(fixture.treeTarball, "/root/store.tar.zst");
    const boundaries: string[] = [];
    let powerCut: Promise<void> | undefined;
    const onLine = (line: string) => {
      const [, word, id] = /"type":"step-(started|finished)".*?"id":"([^"]+)"/.exec(line) ?? [];
      if (word === undefined) return;
      boundaries.push(`${word === "started" ? "+" : "-"}${id}`);
      if (boundaries.length !== cut?.boundary) return;
      powerCut = Bun.sleep(cut.milliseconds).then(() => live.powerCut());
    };
    const { exitCode, output } = await live.install({
      manifest,
      arguments: ["--log-format=json"],
      timeout: installDeadline,
      onLine,
    });
    await powerCut;
    return { exitCode, output, last: boundaries.at(-1) };
  }

  /** @returns How often the power has gone. */
  async function withCuts(seed: number): Promise<number> {
    let done = 0;
    const chance = new Chance(seed);
    console.log(`LANDFALL_SEED=${seed}`);
    await using scratch = await scratchDirectory("power");
    const socket = join(scratch.path, "disk");
    const disks = [{ name: "main", size: 4096, socket }];
    await using computer = await machine({ name: "power-cut", firmware: "bios", disks });
    await using disk = await VolatileDisk.serve(computer.imagePath("main"), socket);

    /** Everything that was not flushed is lost, or none of it, or blocks of it at random. */
    function lose(last: string): void {
      const { unflushed, lost } = disk.cut(chance, chance.pick([0, 0.1, 0.5, 0.9, 1]));
      const [of, gone] = [unflushed, lost].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
      console.log(`power cut behind ${last}: ${of} not flushed, ${gone} of it lost`);
      done++;
    }

    for (let count = chance.between(1, cutsPerInstall); count > 0; count--) {
      const live = await computer.live();
      const cut = { boundary: chance.between(1, 34), milliseconds: chance.between(0, 8000) };
      const { exitCode, output, last } = await install(live, cut);
      if (exitCode !== undefined) {
        expect({ seed, exitCode, output }).toMatchObject({ exitCode: 0 });
        await live.powerCut();
      }
      lose(last ?? "nothing");
    }
    const live = await computer.live();
    const { exitCode, output } = await install(live);
    expect({ seed, exitCode, output }).toMatchObject({ exitCode: 0 });
    await live.powerCut();
    lose("the end");

    const booted = await computer.bootDisk();
    await expectInstalledSystem(booted, fixture, "bios");
    await booted.powerOff();
    return done;
  }

  let done = 0;
  let boots = 0;
  for (let seed = testSeed(); done < cuts; seed++) {
    done += await withCuts(seed);
    boots++;
  }
  console.log(`${done} power cuts, ${boots} systems booted`);
});
