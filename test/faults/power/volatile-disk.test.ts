import { expect, test } from "bun:test";
import { readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { Chance } from "../../unit/disk/random-layout.ts";
import { VolatileDisk } from "./volatile-disk.ts";

const MiB = 2 ** 20;

/** What QEMU does with the disk: commands of qemu-io(1). */
async function io(socket: string, ...commands: readonly string[]): Promise<string> {
  const words = commands.flatMap((command) => ["-c", command]);
  const argv = ["qemu-io", "-f", "raw", "-t", "none", ...words, `nbd+unix:///?socket=${socket}`];
  return (await exec(argv)).stdout;
}

/** A way to kill qemu-io before it flushes as it ends. */
const die = "abort";

async function disk() {
  const scratch = await scratchDirectory("volatile");
  const image = join(scratch.path, "image");
  const socket = join(scratch.path, "socket");
  await Bun.write(image, "");
  await truncate(image, 8 * MiB);
  const served = await VolatileDisk.serve(image, socket);
  return {
    served,
    socket,
    image,
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

test("QEMU reads what it has written, at its end and with a pattern", async () => {
  await using given = await disk();
  const output = await io(given.socket, "length", "write -P 0x41 3M 2M", "read -P 0x41 3M 2M");
  expect(output).toContain("8 MiB");
  expect(await io(given.socket, "read -P 0x41 4M 1M", "read -P 0 5M 3M")).not.toContain("failed");
});

test("what was flushed survives a power cut, what was written after it may be lost, block by block", async () => {
  await using given = await disk();
  await io(given.socket, "write -P 0x41 0 2M", "flush");
  await io(given.socket, "write -P 0x42 0 2M", die).catch(() => "");
  expect(given.served.cut(new Chance(1), 1)).toEqual({ unflushed: 2 * MiB, lost: 2 * MiB });
  expect((await readFile(given.image)).subarray(0, 2 * MiB)).toEqual(Buffer.alloc(2 * MiB, "A"));

  await io(given.socket, "write -P 0x42 0 2M", die).catch(() => "");
  const { lost } = given.served.cut(new Chance(2), 0.5);
  const survived = (await readFile(given.image)).toString("latin1");
  expect(lost).toBeGreaterThan(0);
  expect(survived.match(/A{4096}/g)?.length).toBe(lost / 4096);
  expect(survived.match(/B{4096}/g)?.length).toBe((2 * MiB - lost) / 4096);
});
