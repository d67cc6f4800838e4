import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildDirectory, scratchDirectory } from "../support/scratch.ts";
import { type LiveSystem, liveImage, type Machine, machine, serveDirectory } from "./index.ts";

setDefaultTimeout(120_000);

/** The process ids of the machines of that name, of whichever process. */
function machines(name: string): string {
  return Bun.spawnSync(["pgrep", "-f", `^qemu.* -name ${name} `]).stdout.toString();
}

/** What a rejected promise was rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => "no error",
    (error: unknown) => String(error),
  );
}

describe("a machine with a BIOS", () => {
  let computer: Machine;
  let live: LiveSystem;

  beforeAll(async () => {
    computer = await machine({
      name: "rig-bios",
      firmware: "bios",
      disks: [
        { name: "main", size: 1024 },
        { name: "data", size: 64, contents: Buffer.from("\0data\n") },
        { name: "huge", size: 3 * 2 ** 20, sectorSize: 4096 },
        { name: "nvme", size: 64, bus: "nvme", sectorSize: 4096 },
        { name: "scsi", size: 64, bus: "scsi" },
        { name: "sata", size: 64, bus: "sata" },
        { name: "stick", size: 64, bus: "usb" },
      ],
    });
    live = await computer.live();
  });
  afterAll(() => computer[Symbol.asyncDispose]());

  test("boots a live system with the disks by their identifiers and no EFI", async () => {
    const { output } = await live.run(`
      for disk in main data live; do blockdev --getsize64 --getro /dev/disk/by-id/virtio-landfall-$disk; done
      [ -e /sys/firmware/efi ] && echo EFI
      . /etc/os-release; echo "$ID $VERSION_ID"
    `);
    const image = /^(\d+)\n0\n(\d+)\n0\n\d+\n1\ndebian 12\n$/.exec(output);
    expect(image?.slice(1)).toEqual([String(1024 * 2 ** 20), String(64 * 2 ** 20)]);
  });

  test("has disks on several buses, with sectors of 4 KiB, larger than the host's, and with contents", async () => {
    const by = "/dev/disk/by-id";
    const { output } = await live.run(`
      until [ -e ${by}/usb-QEMU_QEMU_HARDDISK_landfall-stick-0:0 ]; do udevadm settle; done
      for disk in virtio-landfall-huge nvme-QEMU_NVMe_Ctrl_landfall-nvme scsi-0QEMU_QEMU_HARDDISK_landfall-scsi \
        ata-QEMU_HARDDISK_landfall-sata usb-QEMU_QEMU_HARDDISK_landfall-stick-0:0; do
        disk=$(readlink -f ${by}/$disk)
        echo $(blockdev --getss --getpbsz --getsize64 $disk) $(cat /sys/block/\${disk##*/}/removable)
      done
      head -c 6 ${by}/virtio-landfall-data | od -An -c
    `);
    expect(output.trim().split(/\s*\n\s*/)).toEqual([
      `4096 4096 ${3 * 2 ** 40} 0`,
      `4096 4096 ${64 * 2 ** 20} 0`,
      `512 512 ${64 * 2 ** 20} 0`,
      `512 512 ${64 * 2 ** 20} 0`,
      `512 512 ${64 * 2 ** 20} 1`,
      "\\0   d   a   t   a  \\n",
    ]);
  });

  test("has a rescue system's tools, but neither xz nor Nix", async () => {
    const tools =
      "sfdisk mkfs.ext4 mkfs.vfat mkfs.btrfs mkfs.xfs mkfs.f2fs mkswap cryptsetup lvm thin_check mdadm udevadm modprobe ip curl wget tar gzip efibootmgr lsblk";
    const { output } = await live.run(`
      for tool in ${tools}; do command -v $tool >/dev/null || echo "missing: $tool"; done
      for tool in xz nix nix-store busybox python3 perl; do command -v $tool; done
      [ -e /nix ] && echo /nix
      for module in vfat ext4 xfs btrfs f2fs loop overlay dm_crypt dm_thin_pool dm_raid raid0 raid1 raid10 raid456; do modprobe $module || echo "missing: $module"; done
    `);
    expect(output).toBe("");
  });

  test("returns a program's exit code and its output in order, line by line as it comes", async () => {
    const seen: string[] = [];
    const script = "echo one; echo two >&2; printf 'three \\036 four'; exit 7";
    const result = await live.run(script, { onLine: (line) => seen.push(line) });
    expect(result).toEqual({ exitCode: 7, output: "one\ntwo\nthree \u001e four" });
    expect(seen).toEqual(["one", "two", "three \u001e four"]);
    expect(await live.run(["printf", "%s,", "it's", "a b", ""])).toEqual({
      exitCode: 0,
      output: "it's,a b,,",
    });
  });

  test("does several things at the same time", async () => {
    const script = "mkfifo -m 600 both 2>/dev/null; echo";
    await live.run(script);
    const [reader] = await Promise.all([live.run("cat both"), live.run("echo met >both")]);
    expect(reader.output).toBe("met\n");
  });

  test("takes files of the host as they are", async () => {
    await using scratch = await scratchDirectory("rig");
    const path = join(scratch.path, "file");
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    await Bun.write(path, Buffer.concat(Array.from({ length: 300 }, () => bytes)));
    await live.copyIn(path, "/tmp/copy", "751");
    const hash = new Bun.CryptoHasher("sha256");
    hash.update(await Bun.file(path).bytes());
    const { output } = await live.run("sha256sum /tmp/copy; stat -c %a /tmp/copy; rm /tmp/copy");
    expect(output).toBe(`${hash.digest("hex")}  /tmp/copy\n751\n`);
    expect(await errorOf(live.copyIn(join(scratch.path, "none"), "/tmp/copy"))).toContain(
      "there is no file",
    );
  });

  test("reaches a web server of the host", async () => {
    await using scratch = await scratchDirectory("rig");
    await Bun.write(join(scratch.path, "hello"), "from the host");
    await using server = await serveDirectory(scratch.path);
    const { output } = await live.run(["curl", "-sS", `${server.url("10.0.2.2")}/hello`]);
    expect(output).toBe("from the host");
    expect(await server.accessLog()).toEqual(["GET /hello 200 13"]);
  });

  test("runs an installer with its manifest, its standard input and its log", async () => {
    await using scratch = await scratchDirectory("rig");
    const installer = join(scratch.path, "installer");
    await Bun.write(
      installer,
      '#!/bin/sh\necho "$@"; cat host.toml -; echo logged >/var/log/landfall.log; exit 5\n',
    );
    await chmod(installer, 0o755);
    const manifest = "version = 1\n";
    const options = { installer, manifest, stdin: "echo input", arguments: ["--quiet"] };
    expect(await live.install(options)).toEqual({
      exitCode: 5,
      output: "--manifest host.toml --quiet\nversion = 1\ninput\n",
      log: "logged\n",
    });
  });

  test("logs in at the console and runs commands there", async () => {
    await live.run(
      "echo root:secret | chpasswd; setsid agetty ttyS0 vt220 </dev/null >/dev/null 2>&1 &",
    );
    const { console } = live;
    expect(await errorOf(console.login("root", "wrong"))).toContain("root could not log in");
    await console.login("root", "secret");
    expect(await console.run("tty; echo error >&2\n(exit 3)")).toEqual({
      exitCode: 3,
      output: "not a tty\nerror\n",
    });
    expect(await console.run("printf 'no end'")).toEqual({ exitCode: 0, output: "no end" });
  });

  test("says what it waited for and what was seen last", async () => {
    await live.run("echo 'the last words' >/dev/console");
    const missing = await errorOf(live.console.expect(/never printed/, { timeout: 0.5 }));
    expect(missing).toContain("after 0.5 s: /never printed/ did not appear");
    expect(missing).toContain("| the last words");
    expect(missing).toContain(live.console.logPath);
    const stalled = await errorOf(live.run("echo started; sleep 100", { timeout: 1 }));
    expect(stalled).toContain("waited for the end of: echo started; sleep 100");
    expect(stalled).toContain("> started");
    expect(await Bun.file(live.console.logPath).text()).toMatch(/^\[ +\d+\.\d{3}\] live: ready$/m);
  });

  test("switches off, and then nothing is waited for", async () => {
    const waiting = errorOf(live.console.expect(/never printed/));
    const running = errorOf(live.run("sleep 100", { timeout: 100 }));
    await live.powerOff();
    expect(await live.ended()).toBe("the machine has stopped (guest-shutdown)");
    expect(await waiting).toContain("cannot appear: the machine has stopped (guest-shutdown)");
    expect(await running).toContain("but the machine has stopped (guest-shutdown)");
  });

  test("may lose a disk, whose bytes the host can tell from others", async () => {
    const hash = await computer.hashDisk("data");
    const wholeImage = await Bun.file(computer.imagePath("data")).bytes();
    expect(hash).toBe(new Bun.CryptoHasher("sha256").update(wholeImage).digest("hex"));
    const begin = { start: 1, length: 4 };
    expect(await computer.hashDisk("data", begin)).toBe(
      new Bun.CryptoHasher("sha256").update("data").digest("hex"),
    );
    const nvmeHash = await computer.hashDisk("nvme");
    live = await computer.live({ without: ["data", "huge"] });
    const { output } = await live.run("ls /dev/disk/by-id | grep virtio");
    expect(output).toBe("virtio-landfall-live\nvirtio-landfall-main\n");
    await live.run("echo changed >/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_landfall-nvme; sync");
    await live.powerOff();
    expect(await computer.hashDisk("nvme")).not.toBe(nvmeHash);
    expect(await computer.hashDisk("data")).toBe(hash);
  });

  test("comes up without udev if told so, and may be rebooted by the installer", async () => {
    await using scratch = await scratchDirectory("rig");
    await using other = await machine({ name: "rig-no-udev", firmware: "bios", cpus: 1 });
    const without = await other.live({ kernelParameters: ["landfall.udev=0"] });
    const { output } = await without.run("ls /dev/disk 2>&1; pgrep -l udevd; ls /dev/vda");
    expect(output).toBe("ls: cannot access '/dev/disk': No such file or directory\n/dev/vda\n");

    const installer = join(scratch.path, "installer");
    await Bun.write(installer, "#!/bin/sh\necho done; reboot; exec sleep 100\n");
    const result = await without.install({ installer, manifest: "" });
    expect(result).toEqual({ exitCode: undefined, output: "done\n", log: "" });
    expect(await without.ended()).toContain("guest-reset");
  });
});

test("a machine comes up under the other firmware when told so", async () => {
  await using computer = await machine({ name: "rig-other", firmware: "bios", cpus: 1 });
  const live = await computer.live({ firmware: "uefi" });
  expect(await live.run("test -d /sys/firmware/efi/efivars")).toMatchObject({ exitCode: 0 });
});

describe("a machine with UEFI", () => {
  let computer: Machine;
  let live: LiveSystem;

  beforeAll(async () => {
    computer = await machine({ name: "rig-uefi", firmware: "uefi" });
    live = await computer.live();
  });
  afterAll(() => computer[Symbol.asyncDispose]());

  test("keeps its variables and what was written out through a power cut, and nothing else", async () => {
    const image = await liveImage();
    await live.copyIn(image.kernel, "/tmp/kernel");
    await live.copyIn(image.initrd, "/tmp/initrd");
    const { exitCode, output } = await live.run(`
      set -e
      disk=/dev/disk/by-id/virtio-landfall-main
      printf 'label: gpt\nsize=256MiB, type=uefi\ntype=linux\n' | sfdisk --quiet $disk
      udevadm settle
      mkfs.vfat $disk-part1 >/dev/null
      mkfs.ext4 -q $disk-part2
      mkdir /mnt/esp /mnt/root
      mount $disk-part1 /mnt/esp
      mount $disk-part2 /mnt/root
      cp /tmp/kernel /tmp/initrd /mnt/esp
      efibootmgr --quiet --create --disk /dev/vda --part 1 --label Landing --loader '\\kernel' \
        --unicode 'console=ttyS0 initrd=\\initrd'
      echo written >/mnt/root/written
      sync
      echo lost >/mnt/root/lost
    `);
    expect([exitCode, output]).toEqual([0, ""]);
    await live.powerCut();

    live = await computer.live();
    const found = await live.run(`
      efibootmgr | grep -c Landing
      mount /dev/vda2 /mnt
      cat /mnt/written /mnt/lost
    `);
    expect(found.output).toBe("1\nwritten\ncat: /mnt/lost: No such file or directory\n");
    await live.powerOff();
  });

  test("boots from its own disk what the live system has put there", async () => {
    const booted = await computer.bootDisk();
    await booted.console.expect(/initrd: no disk with the serial landfall-live/);
    expect(await booted.ended()).toContain("guest-shutdown");
    expect(await Bun.file(join(computer.directory, "boot.log")).text()).toContain("initrd: no");
  });
});

test("a machine ends with the process that switched it on, even if that is killed", async () => {
  const program = `
      import { machine } from "${import.meta.dir}/index.ts";
      const computer = await machine({ name: "rig-orphan", firmware: "bios" });
      await computer.bootDisk();
      console.log("on");
    `;
  await using parent = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });
  const reader = parent.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("on\n");
  expect(machines("rig-orphan")).not.toBe("");
  parent.kill("SIGKILL");
  await parent.exited;
  const deadline = performance.now() + 10_000;
  while (machines("rig-orphan") !== "" && performance.now() < deadline) await Bun.sleep(20);
  expect(machines("rig-orphan")).toBe("");
  await rm(join(buildDirectory, "vm", "rig-orphan"), { recursive: true });
});
