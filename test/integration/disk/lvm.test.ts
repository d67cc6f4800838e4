import { expect, setDefaultTimeout, test } from "bun:test";
import * as v from "valibot";
import type { ExtentRange } from "../../../src/disk/lvm/allocation.ts";
import { type LvmStep, lvm } from "../../../src/disk/objects/lvm.ts";
import { parseWipefs } from "../../../src/facts/signatures.ts";
import { exec } from "../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { planContext } from "../../unit/disk/objects/planning.ts";
import { wholeDisk } from "./planned.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

/** The step that makes a group on two disks. */
function groupOn(left: LoopDisk, right: LoopDisk): LvmStep {
  const table = v.parse(lvm.schema, {
    devices: ["left", "right"],
    volume: [
      { name: "the-rest" },
      { name: "wide", size: "40MiB", type: "striped" },
      { name: "share", size: "20%" },
    ],
  });
  const devices = [wholeDisk("left", left), wholeDisk("right", right)];
  const [step] = lvm.plan("landfall-test", table, planContext(devices)).steps;
  return step ?? expect.unreachable("a group is made by a step");
}

/** A command as LVM carries it out where the kernel has no device-mapper: volumes are made, but not activated and erased. */
function withoutDeviceMapper(argv: readonly string[], configuration: string): string[] {
  const words = argv.map((word, index) => {
    if (word === configuration) return `${word} global{activation=0}`;
    return ["--zero", "--wipesignatures"].includes(argv[index - 1] ?? "") ? "n" : word;
  });
  return words[0] === "lvcreate" ? [...words, "--activate", "n"] : words;
}

async function make(step: LvmStep): Promise<void> {
  for (const argv of lvm.step.commands(step))
    await exec(withoutDeviceMapper(argv, step.configuration));
}

/** What LVM says of who has which extents: `DEVICE:FIRST-LAST NAME`. */
async function segments({ configuration }: LvmStep): Promise<string[]> {
  const options = ["--options", "pv_name,pvseg_start,pvseg_size,lv_name"];
  const argv = ["pvs", "--config", configuration, "--segments", "--noheadings", ...options];
  const { stdout } = await exec(withoutDeviceMapper(argv, configuration));
  return stdout.split("\n").flatMap((line) => {
    const [device, start, size, name] = line.trim().split(/\s+/);
    const last = Number(start) + Number(size) - 1;
    return name === undefined ? [] : [`${device}:${start}-${last} ${name}`];
  });
}

function show({ device, first, last }: ExtentRange): string {
  return `${device}:${first}-${last}`;
}

test("LVM puts every volume where it was planned, on physical volumes of the UUIDs that were", async () => {
  await using left = await loopDisk(300 * MiB);
  await using right = await loopDisk(501 * MiB);
  const step = groupOn(left, right);
  await make(step);

  const expected = step.volumes.flatMap(({ name, ranges }) =>
    ranges.map((range) => `${show(range)} ${name}`),
  );
  expect(new Set(await segments(step))).toEqual(new Set(expected));
  for (const { device, uuid } of step.physicalVolumes) {
    const { stdout } = await exec(["wipefs", "--json", device]);
    const [signature] = parseWipefs(stdout, [{ path: device, size: 0 }]);
    expect(signature).toMatchObject({ type: "LVM2_member", uuid });
  }
});

test("a group of the same name on another disk is neither seen nor touched", async () => {
  await using left = await loopDisk(80 * MiB);
  await using right = await loopDisk(80 * MiB);
  await using other = await loopDisk(80 * MiB);
  await using spare = await loopDisk(80 * MiB);
  await make(groupOn(other, spare));
  const before = [await other.hash(), await spare.hash()];
  const step = groupOn(left, right);
  await make(step);
  expect([await other.hash(), await spare.hash()]).toEqual(before);
  expect((await segments(step)).every((line) => !line.includes(other.path))).toBe(true);
});
