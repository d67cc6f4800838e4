import { expect, test } from "bun:test";
import { join } from "node:path";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import type { ConsoleLine } from "../console.ts";
import { machine } from "../index.ts";
import { layoutManifest } from "../layouts/fill-in.ts";
import { hostAddress, installDeadline, scenarioTimeout } from "./scenario.ts";

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

/** Characters a second that a line of 9600 baud takes: a start bit, eight of data and a stop bit each. */
const slowest = 960;

/** Seconds over which it may have to catch up with what came at once. */
const window = 10;

/** The most characters that came within {@link window} seconds. */
function most(lines: readonly ConsoleLine[]): number {
  return Math.max(
    ...lines.map(({ seconds }) => {
      const following = lines.filter(
        (line) => line.seconds >= seconds && line.seconds < seconds + window,
      );
      return following.reduce((sum, { text }) => sum + text.length + 2, 0);
    }),
  );
}

test(
  "typed on a serial console: asks before a used disk is lost; plain lines no faster than 9600 baud, and records in the system",
  async () => {
    const fixture = await systemFixture();
    await using cache = await serveDirectory(fixture.layoutCache);
    const lines: ConsoleLine[] = [];
    await using computer = await machine({
      name: "serial-console",
      firmware: "bios",
      onConsoleLine: (line) => lines.push(line),
    });
    const live = await computer.live();
    await live.copyIn(installer, "/root/installer", "755");
    const manifest = await layoutManifest("bios-ext4", {
      "@toplevel@": fixture.layouts["bios-ext4"],
      "@substituter@": cache.url(hostAddress),
      "@public-key@": fixture.publicKey,
    });
    await live.writeFile(
      "/root/host.toml",
      manifest.replace(/^device = "\/dev.*$/m, "$&\nwipe = true"),
    );
    // A getty, and somebody who types: the disk holds something, so that the installer asks.
    await live.run(`
      mkfs.ext4 -q -L photos /dev/disk/by-id/virtio-landfall-main
      echo root:secret | chpasswd
      setsid agetty ttyS0 vt220 </dev/null >/dev/null 2>&1 &
    `);
    const { console } = live;
    await console.login("root", "secret");
    console.send("stty echo; LANG=C.UTF-8 ./installer --manifest host.toml; echo ended with $?\n");
    const [summary] = await console.expect(
      /What is lost\n[\s\S]*Type "yes" to destroy what is on \/dev\/vda and install: /,
      { timeout: installDeadline },
    );
    expect(summary).toContain('    LOST /dev/vda  4 GiB  ext4 "photos"\n');
    console.send("yes\n");
    const [, exitCode] = await console.expect(/\nended with (\d+)\n/, { timeout: installDeadline });
    const text = lines.map((line) => line.text);
    const begin = text.indexOf("log: /var/log/landfall.log");
    const end = text.lastIndexOf("log: /var/log/landfall.log");
    const own = lines.slice(begin, end + 1);
    expect({ exitCode, text }).toMatchObject({ exitCode: "0" });
    expect(own.map((line) => line.text)).toContainEqual(
      expect.stringMatching(/^\[ ?\d+\/\d+\] Pull \d+ store paths/),
    );
    expect(text[end - 1]).toMatch(/^finished in /);
    expect(text).toContain("confirmed on the terminal: what the plan says of /dev/vda may be lost");
    expect(most(own)).toBeLessThan(slowest * window);

    await live.run("mount -o ro /dev/disk/by-label/nixos /mnt");
    const records = "/mnt/var/log/installer";
    const modes = await live.run(`cd ${records} && stat -c '%a %U %n' . *`);
    expect(modes.output.trim().split("\n")).toEqual([
      "700 root .",
      "600 root facts.json",
      "600 root install.log",
      "600 root manifest.toml",
      "600 root plan.json",
      "600 root versions.json",
    ]);
    expect(await live.readFile(`${records}/manifest.toml`)).toBe(
      await live.readFile("/root/host.toml"),
    );
    const { output: kernel } = await live.run("uname -r");
    expect(JSON.parse(await live.readFile(`${records}/versions.json`))).toMatchObject({
      installer: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      kernel: kernel.trim(),
      tools: { sfdisk: { path: expect.stringContaining("/sfdisk") } },
    });
    expect(JSON.parse(await live.readFile(`${records}/plan.json`))).toMatchObject({
      toplevel: fixture.layouts["bios-ext4"],
    });
    expect(JSON.parse(await live.readFile(`${records}/facts.json`))).toMatchObject({
      firmware: { kind: "bios" },
    });
    const log = await live.readFile(`${records}/install.log`);
    expect(log).toMatch(/Z #\d+ \$ .*mkfs\.ext4 /);
    expect(log).toMatch(/Z #\d+ exit status 0 after \d+\.\d{3} s$/m);
    await live.run("umount /mnt");
    await live.powerOff();
  },
  scenarioTimeout,
);
