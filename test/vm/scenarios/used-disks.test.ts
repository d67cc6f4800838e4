import { expect, test } from "bun:test";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import { type LiveSystem, machine } from "../index.ts";
import { layoutManifest } from "../layouts/fill-in.ts";
import { hostAddress, installDeadline, liveState, scenarioTimeout } from "./scenario.ts";

const main = "/dev/disk/by-id/virtio-landfall-main";
const other = "/dev/disk/by-id/virtio-landfall-other";

async function succeed(live: LiveSystem, script: string): Promise<string> {
  const { exitCode, output } = await live.run(`set -e\n${script}`);
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  return output;
}

/** A volume group that lies on both disks. */
const spanningGroup = `
  vgcreate --quiet --yes spanning ${main} ${other} 2>&1
  lvcreate --quiet --yes --extents 100%FREE --name data spanning 2>&1
  mkfs.ext4 -q /dev/spanning/data
`;

/** An active volume group in LUKS on an array, all of it on one disk. */
const stack = `
  printf 'size=200MiB, type=raid\\nsize=200MiB, type=raid\\n' | sfdisk --quiet --label gpt ${main}
  udevadm settle
  mdadm --quiet --create /dev/md/old --level 1 --raid-devices 2 --metadata 1.2 --run --assume-clean \\
    --homehost any ${main}-part1 ${main}-part2
  printf secret | cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/md/old -
  printf secret | cryptsetup open --key-file - /dev/md/old oldcrypt
  vgcreate --quiet --yes oldgroup /dev/mapper/oldcrypt 2>&1
  lvcreate --quiet --yes --size 64M --name olddata oldgroup 2>&1
  mkfs.ext4 -q -L olddata /dev/oldgroup/olddata
  udevadm settle
  # md notes on its members, a moment after the last write, that they are the same.
  sync
  until [ "$(mdadm --examine ${main}-part1 ${main}-part2 | grep -c 'State : clean')" = 2 ]; do sleep 0.1; done
`;

test(
  "used disks: refused as they are, torn down with wipe, and never where something else hangs on them",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.layoutCache);
    await using computer = await machine({
      name: "used-disks",
      firmware: "bios",
      disks: [
        { name: "main", size: 2048 },
        { name: "other", size: 256 },
      ],
    });
    const live = await computer.live();
    const refusing = await layoutManifest("bios-ext4", {
      "@toplevel@": fixture.layouts["bios-ext4"],
      "@substituter@": cache.url(hostAddress),
      "@public-key@": fixture.publicKey,
    });
    const wiping = refusing.replace("[disk.main]\n", "[disk.main]\nwipe = true\n");
    const hashes = async () => {
      await succeed(live, "sync");
      return [await computer.hashDisk("main"), await computer.hashDisk("other")];
    };
    const install = (manifest: string) => live.install({ manifest, timeout: installDeadline });

    await succeed(live, spanningGroup);
    const spanned = await hashes();
    const stopped = await install(wiping);
    expect(stopped).toMatchObject({ exitCode: 4 });
    expect(stopped.output).toContain("spanning");
    // The disk that the group would lose a part of, by the name that the kernel gives it.
    expect(stopped.output).toContain((await succeed(live, `readlink -f ${other}`)).trim());
    expect(await hashes()).toEqual(spanned);
    await succeed(
      live,
      `vgremove --quiet --yes spanning 2>&1; wipefs --quiet --all ${main} ${other}`,
    );
    const before = await liveState(live);

    await succeed(live, stack);
    const stacked = await hashes();
    const refused = await install(refusing);
    expect(refused).toMatchObject({ exitCode: 4 });
    for (const name of ["oldcrypt", "oldgroup", "olddata", "wipe = true"]) {
      expect(refused.output).toContain(name);
    }
    expect(await hashes()).toEqual(stacked);

    const { exitCode, output } = await install(wiping);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(await liveState(live)).toEqual(before);
    expect(await succeed(live, "dmsetup ls; cat /proc/mdstat | grep ^md || true")).toBe(
      "No devices found\n",
    );
    await live.powerOff();

    const booted = await computer.bootDisk();
    await booted.console.login("root", fixture.password);
    const current = await booted.console.run("readlink -f /run/current-system");
    expect(current.output.trim()).toBe(fixture.layouts["bios-ext4"]);
    await booted.powerOff();
  },
  scenarioTimeout,
);
