import { expect, setDefaultTimeout, test } from "bun:test";
import { testSeed } from "../../support/seed.ts";
import { systemFixture } from "../../system/index.ts";
import { Chance } from "../../unit/disk/random-layout.ts";
import { Figures } from "./figures.ts";
import { expectInstalled, type Installed } from "./installed.ts";
import { chooseKillPoints, describeKillPoint } from "./kill-point.ts";
import { loopMachine } from "./loop-machine.ts";

/*
 * Installs on loop devices that are killed (SIGKILL) at the boundaries of steps, at random moments and at random bytes of
 * the pull, given again, killed again, and at last left to finish. docs/faults.md says how to run more of them.
 */

setDefaultTimeout(4 * 3_600_000);

/** How often an install is killed, at least. */
const kills = Number(process.env.LANDFALL_KILLS ?? 10);

/** Kills in a row before an install may finish: where there are many, one of them is enough, too. */
const killsPerInstall = { least: kills > 20 ? 1 : 5, most: 5 };

test(`after ${kills} kills, the same command has made the same system`, async () => {
  const fixture = await systemFixture();
  const toplevel = fixture.toplevel.bios;
  const figures = new Figures();

  async function undisturbed(): Promise<Installed> {
    await using machine = await loopMachine(fixture);
    const run = await machine.run();
    expect(run).toMatchObject({ killed: false, exitCode: 0 });
    figures.undisturbed(run.seconds, await machine.fetched());
    return await expectInstalled(machine, toplevel);
  }

  async function killed(seed: number, expected: Installed): Promise<void> {
    const chance = new Chance(seed);
    const points = chooseKillPoints(
      seed,
      chance,
      chance.between(killsPerInstall.least, killsPerInstall.most),
    );
    console.log(`LANDFALL_SEED=${seed}: ${points.map(describeKillPoint).join(", ")}`);
    await using machine = await loopMachine(fixture);
    const runs = [];
    for (const point of [...points, undefined]) {
      const run = await machine.run(point);
      runs.push(run);
      if (run.killed) continue;
      expect(run, `seed ${seed}`).toMatchObject({ exitCode: 0 });
      break;
    }
    figures.killed(runs, await machine.fetched());
    expect(await expectInstalled(machine, toplevel), `seed ${seed}`).toEqual(expected);
  }

  const expected = await undisturbed();
  for (let seed = testSeed(); figures.kills < kills; seed++) await killed(seed, expected);
  console.log(figures.text());
});
