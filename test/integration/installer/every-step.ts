/*
 * By hand, some minutes: bun test ./test/integration/installer/every-step.ts
 *
 * Interrupts an install as each of its steps begins and some time later, politely and at once, on one machine after
 * another, and looks what is left. In the end it is run to its end.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type LoopMachine, loopMachine } from "../../support/loop-machine.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

const minutes = 60 * 1000;
setDefaultTimeout(20 * minutes);

/** When a run is sent which signal: milliseconds after a step has begun. */
interface Moment {
  readonly step: string;
  readonly signal: "SIGINT" | "SIGKILL";
  readonly after: number;
}

const steps = [
  "portable-store",
  "disk/main/partition-table",
  "filesystem/",
  "swap/main",
  "mount/",
  "pull",
  "nix-check",
  "profile",
  "prepare-root",
  "chroot",
  "activate",
  "tmpfiles",
  "boot-loader",
];

/** The last steps are so short that the run would come to its end; what is made is marked but once. */
const moments: readonly Moment[] = [
  { step: "disk/main/layout-made", signal: "SIGINT", after: 0 },
  ...steps.flatMap((step): Moment[] => [
    ...[0, 30, 250].map((after): Moment => ({ step, signal: "SIGINT", after })),
    { step, signal: "SIGKILL", after: 0 },
    { step, signal: "SIGKILL", after: 100 },
  ]),
  { step: "boot-check", signal: "SIGINT", after: 0 },
];

let fixture: SystemFixture;
let cache: WebServer;
let machine: LoopMachine;

beforeAll(async () => {
  fixture = await systemFixture();
  cache = await serveDirectory(fixture.cache.zstd);
  machine = await loopMachine({ fixture, substituter: cache.url() });
}, 20 * minutes);

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await cache[Symbol.asyncDispose]();
});

test.each(moments)("$signal $after ms into $step", async (moment) => {
  const { exitCode, stderr, steps: begun } = await machine.run([], moment);
  expect(begun).toContain(moment.step);
  const isKilled = moment.signal === "SIGKILL";
  expect({ exitCode, stderr }).toMatchObject({ exitCode: isKilled ? 137 : 130 });
  expect(await machine.leftovers()).toEqual(isKilled ? ["/run/landfall.lock"] : []);
  if (isKilled) expect(await machine.run(["unmount"])).toMatchObject({ exitCode: 0 });
  expect((await machine.disk.facts()).holders).toEqual([]);
});

test("in the end it is installed, and nothing is left", async () => {
  expect(await machine.run([])).toMatchObject({ exitCode: 0 });
  expect(await machine.leftovers()).toEqual([]);
  expect((await machine.disk.facts()).holders).toEqual([]);
});
