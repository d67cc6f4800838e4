import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import {
  type InstallerOutcome,
  type LoopMachine,
  loopMachine,
} from "../../support/loop-machine.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

/*
 * One machine, on which an install is broken off in several ways and then finished, and the system is damaged and
 * repaired. The tests go on from each other.
 */

const minutes = 60 * 1000;
setDefaultTimeout(2 * minutes);

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

async function openOnDisk(): Promise<readonly string[]> {
  return (await machine.disk.facts()).holders.map(({ kind, name }) => `${kind} ${name}`);
}

/** Does something with the installed root file system. */
async function withRoot<Result>(work: (root: string) => Promise<Result>): Promise<Result> {
  const { root, disk } = machine;
  await mkdir(root, { recursive: true });
  await exec(["partx", "--update", disk.path], { allowedExitCodes: [0, 1] });
  await exec(["mount", `${disk.path}p3`, root]);
  try {
    return await work(root);
  } finally {
    await exec(["umount", root]);
  }
}

describe("an install that is broken off", () => {
  test("a disk on which nothing is: nothing is open, and nothing is to repair", async () => {
    expect(await machine.run(["unmount"])).toMatchObject({
      exitCode: 0,
      messages: ["nothing is open of what this manifest made"],
    });
    const { exitCode, stderr } = await machine.run(["--repair"]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain("there is nothing to repair");
    expect(await machine.leftovers()).toEqual([]);
  });

  test("a second installer is refused; of one that is killed in the pull only swap is left, which unmount closes", async () => {
    let second: InstallerOutcome | undefined;
    const killed = await machine.run([], {
      step: "pull",
      signal: "SIGKILL",
      before: async () => {
        second = await machine.run([]);
      },
    });
    expect(killed.exitCode).toBe(137);
    expect(second?.exitCode).toBe(4);
    expect(second?.stderr).toContain(
      `another installer is at work on this machine (process ${killed.pid})`,
    );
    // The lock of a process that is gone is nobody's.
    expect(await machine.leftovers()).toEqual(["/run/landfall.lock"]);
    const swap = `${machine.disk.path}p2`;
    expect(await openOnDisk()).toEqual([`swap ${swap}`]);

    const closed = await machine.run(["unmount"]);
    expect(closed).toMatchObject({ exitCode: 0, messages: [`closed swap on ${swap}`] });
    expect(await openOnDisk()).toEqual([]);
    const again = await machine.run(["unmount"]);
    expect(again.messages).toEqual(["nothing is open of what this manifest made"]);
    expect(await machine.leftovers()).toEqual([]);
  });

  test("at the second signal it ends at once, and says what is open and how to close it", async () => {
    const { exitCode, stderr } = await machine.run([], {
      step: "pull",
      signal: "SIGINT",
      again: 20,
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain(`still open:\n  - swap on ${machine.disk.path}p2`);
    expect(stderr).toContain(`installer unmount --manifest ${machine.manifest}`);
    expect(await openOnDisk()).toEqual([`swap ${machine.disk.path}p2`]);
    expect(await machine.leftovers()).toEqual([]);
  });

  test("the next run closes that first; at the first signal it closes everything", async () => {
    const { exitCode, stderr, steps } = await machine.run([], {
      step: "activate",
      signal: "SIGTERM",
      after: 200,
    });
    expect(exitCode).toBe(130);
    expect(steps).toContain("close");
    expect(stderr).toContain("Run the same command again");
    expect(await openOnDisk()).toEqual([]);
    expect(await machine.leftovers()).toEqual([]);
  });

  test("it comes to its end", async () => {
    expect(await machine.run([])).toMatchObject({ exitCode: 0 });
    expect(await openOnDisk()).toEqual([]);
    expect(await machine.leftovers()).toEqual([]);
  });
});

describe("unmount", () => {
  test("unmounts what was mounted of the system by hand", async () => {
    await withRoot(async () => {
      const { exitCode, messages } = await machine.runOutside(["unmount"]);
      expect(messages).toEqual([`closed the mount on ${machine.root}`]);
      expect(exitCode).toBe(0);
      await exec(["mount", `${machine.disk.path}p3`, machine.root]);
    });
  });

  test("leaves alone what is mounted elsewhere", async () => {
    await withRoot(async (root) => {
      const { exitCode, stderr } = await machine.runOutside(["unmount", "--root=/elsewhere"]);
      expect(stderr).toContain(`is mounted on ${root}, which is not below /elsewhere`);
      expect(exitCode).toBe(4);
      expect(await openOnDisk()).toEqual([`mount ${root}`]);
    });
  });
});

describe("--repair", () => {
  test("mends a damaged store and boot loader, and touches nothing else", async () => {
    const files = {
      mark: "nix/var/landfall/installed.json",
      data: "var/lib/data",
      passwords: "etc/shadow",
      log: "var/log/installer/install.log",
    };
    const readAll = (root: string) =>
      Promise.all(Object.values(files).map((name) => readFile(join(root, name), "utf8")));
    const before = await withRoot(async (root) => {
      await mkdir(join(root, "var/lib"), { recursive: true });
      await writeFile(join(root, files.data), "precious");
      await writeFile(join(root, fixture.toplevel.bios, "system"), "damaged");
      await writeFile(join(root, "boot/grub/grub.cfg"), "");
      return await readAll(root);
    });

    const { exitCode, messages, steps } = await machine.run(["--repair"]);

    expect({ exitCode, messages }).toMatchObject({ exitCode: 0 });
    expect(messages.join("\n")).toMatch(/, 1 fetched .*1 in the place of damaged ones/);
    expect(messages.join("\n")).toContain("the boot loader is installed anew");
    expect(steps).not.toContain("activate");
    expect(steps).not.toContain("profile");
    await withRoot(async (root) => {
      expect(await readAll(root)).toEqual(before);
      const profile = join(root, "nix/var/nix/profiles");
      expect(await readlink(join(profile, "system"))).toBe("system-1-link");
    });
    expect(await machine.leftovers()).toEqual([]);
    // What was mended is right now.
    const again = await machine.run(["--repair"]);
    expect(again.messages.join("\n")).toContain(" 0 fetched");
    expect(again.messages).toContain("the boot files are right as they are");
  });

  test("refuses a machine whose system has been replaced since", async () => {
    const newer = "/nix/store/w4iyqffs1ip96vsj7vfwnsxlviribl4c-nixos-system-newer";
    await withRoot((root) => symlink(newer, join(root, "nix/var/nix/profiles/system-2-link")));
    const { exitCode, stderr } = await machine.run(["--repair"]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`generation 2 of its system profile is ${newer}`);
    expect(await machine.leftovers()).toEqual([]);
  });

  test("goes not together with --reinstall", async () => {
    expect(await machine.run(["--repair", "--reinstall"])).toMatchObject({ exitCode: 2 });
  });
});

test("unmount closes nothing on a disk of somebody else", async () => {
  const input = "label: gpt\nstart=1MiB, size=100MiB, name=other\n";
  await exec(["sfdisk", "--quiet", "--wipe=always", machine.disk.path], {
    input,
    allowedExitCodes: [0, 1],
  });
  const { exitCode, stderr } = await machine.run(["unmount"]);
  expect(stderr).toContain("carries nothing that this manifest made: nothing was closed");
  expect(exitCode).toBe(4);
});
