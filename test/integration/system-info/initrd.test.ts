import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { DiskDriver } from "../../../src/facts/drivers.ts";
import { judgeInitrdModules } from "../../../src/plan/preflight/initrd-modules.ts";
import { InitrdReader } from "../../../src/system-info/initrd/initrd-reader.ts";
import { moduleOfFile, parseModuleList } from "../../../src/system-info/initrd/modules.ts";
import type { InitrdInfo } from "../../../src/system-info/system-info.ts";
import { diskDrivers } from "../../support/disk-drivers.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { type LayoutName, layoutNames } from "../../system/layouts.ts";
import { layoutInputs } from "../../unit/plan/preflight/judged.ts";

setDefaultTimeout(60_000);

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, 900_000);

async function read(chunks: AsyncIterable<Uint8Array>): Promise<InitrdInfo> {
  const reader = new InitrdReader();
  try {
    for await (const chunk of chunks) reader.write(chunk);
    const knowledge = reader.end();
    if ("unreadable" in knowledge) throw new Error(knowledge.unreadable);
    return knowledge;
  } finally {
    reader.close();
  }
}

/** The file of a layout's initrd, as this machine sees the builder's store. */
async function initrdOf(layout: LayoutName): Promise<string> {
  const path = await fixture.nix(["readlink", "-f", `${fixture.layouts[layout]}/initrd`]);
  return join(fixture.builderRoot, path.trim());
}

/** What a shell script prints. */
async function shell(script: string, ...args: readonly string[]): Promise<string> {
  const child = Bun.spawn(["bash", "-euo", "pipefail", "-c", script, "shell", ...args], {
    stderr: "inherit",
  });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`failed: ${script}`);
  return output;
}

function lines(text: string): string[] {
  return text.trim().split("\n");
}

test("the modules of an initrd are those that cpio lists, and what is built in is what its kernel says", async () => {
  const path = await initrdOf("luks-raid");
  const info = await read(Bun.file(path).stream());
  const listed = lines(await shell('zstd -dc < "$1" | cpio -t --quiet', path));
  const modules = listed.flatMap((file) => moduleOfFile(file) ?? []);
  expect(info.modules).toEqual([...new Set(modules)].toSorted());
  expect(info.modules).toContain("dm_crypt");
  const kernel = `cat ${fixture.layouts["luks-raid"]}/kernel-modules/lib/modules/*/modules.builtin`;
  const builtin = parseModuleList(await fixture.nix(["bash", "-c", kernel]));
  expect(info.builtinModules).toEqual([...new Set(builtin)].toSorted());
  expect(info.builtinModules).toContain("ext4");
  expect(info.aliases).toContainEqual({ pattern: "virtio:d00000002v*", module: "virtio_blk" });
});

/** What a layout's initrd opens and activates. */
async function opened(layout: LayoutName) {
  const { kind, luksDevices, hasLvm } = await read(Bun.file(await initrdOf(layout)).stream());
  return { kind, luksDevices, hasLvm };
}

test("the devices that systems open are known from their initrds", async () => {
  const uuid = "/dev/disk/by-uuid/ecea227e-784e-54b3-9949-e0601f5a3e81";
  const kind = "script";
  expect(await opened("luks-raid")).toEqual({
    kind,
    luksDevices: [{ name: "cryptroot", device: uuid }],
    hasLvm: false,
  });
  expect(await opened("luks-lvm")).toEqual({
    kind,
    luksDevices: [{ name: "cryptlvm", device: "/dev/disk/by-partlabel/root" }],
    hasLvm: true,
  });
  expect(await opened("uefi-ext4")).toEqual({ kind, luksDevices: [], hasLvm: false });
});

/**
 * With the programs and dictionaries that nixpkgs uses, but for lzop, and at faster levels, which make other sizes and no
 * other format; `pixz` and `pigz` write what xz and gzip do.
 */
const compressors = [
  "cat",
  "gzip -1n",
  "bzip2",
  "xz --check=crc32 --lzma2=preset=0,dict=512KiB",
  "lzma --lzma1=preset=0,dict=512KiB",
  "lz4 -l",
  "zstd -1",
  "zstd -3 --long=27",
];

test("a real initrd is read the same in every compression, behind microcode and with secrets appended", async () => {
  await using scratch = await scratchDirectory("initrd");
  const path = await initrdOf("xfs");
  const expected = await read(Bun.file(path).stream());
  const script = `
    cd "$1"
    mkdir -p early/kernel/x86/microcode secrets/etc
    head -c 100000 /dev/zero > early/kernel/x86/microcode/GenuineIntel.bin
    (cd early; find . | cpio --quiet -o -H newc) > early.cpio
    zstd -dc < "$2" | $3 > compressed
    cat early.cpio compressed > initrd`;
  for (const compressor of compressors) {
    await shell(script, scratch.path, path, compressor);
    const info = await read(Bun.file(join(scratch.path, "initrd")).stream());
    expect(info, compressor).toEqual(expected);
  }
  const append = `
    cd "$1"
    touch secrets/etc/secret
    (cat early.cpio "$2"; cd secrets; find . | cpio --quiet -o -H newc | zstd -q) > initrd`;
  await shell(append, scratch.path, path);
  expect(await read(Bun.file(join(scratch.path, "initrd")).stream())).toEqual(expected);
});

test("what depmod says of a kernel with everything in it is read the same from lists and from indexes", async () => {
  await using scratch = await scratchDirectory("initrd");
  const modules = join(
    fixture.builderRoot,
    (await fixture.nix(["readlink", "-f", `${fixture.toplevel.uefi}/kernel-modules`])).trim(),
  );
  const script = `
    cd "$1"
    release=$(ls "$2/lib/modules")
    mkdir -p root/lib/modules/$release
    printf '#!/bin/sh\\n' > root/init
    cp "$2/lib/modules/$release"/modules.{alias,builtin} root/lib/modules/$release/
    (cd root; find . | cpio --quiet -o -H newc) > lists
    rm root/lib/modules/$release/*
    cp "$2/lib/modules/$release"/modules.{alias,builtin}.bin root/lib/modules/$release/
    (cd root; find . | cpio --quiet -o -H newc) > indexes`;
  await shell(script, scratch.path, modules);
  const known = async (name: string) => {
    const { builtinModules, aliases } = await read(Bun.file(join(scratch.path, name)).stream());
    const texts = new Set(aliases.map(({ pattern, module }) => `${pattern} ${module}`));
    return { builtinModules, aliases: [...texts].toSorted() };
  };
  const lists = await known("lists");
  expect(lists.aliases.length).toBeGreaterThan(500);
  expect(await known("indexes")).toEqual(lists);
});

/** As QEMU's disks are found on virtio, and on a controller for SATA. */
const buses: Readonly<Record<string, readonly DiskDriver[]>> = {
  virtio: diskDrivers.virtio,
  sata: diskDrivers.sata.filter(({ driver }) => driver === "ahci"),
};

/** What is found of the drivers and modules of a layout's real initrd on a machine whose disks are on a bus. */
async function findings(layout: LayoutName, bus: string): Promise<string[]> {
  const inputs = await layoutInputs(layout);
  const drivers = buses[bus] ?? [];
  const disks = inputs.facts.disks.map((disk) => ({ ...disk, drivers }));
  const initrd = await read(Bun.file(await initrdOf(layout)).stream());
  const found = judgeInitrdModules({
    ...inputs,
    facts: { ...inputs.facts, disks },
    system: { ...inputs.system, initrd },
  });
  return found.map(({ id, object }) => `${id} ${object}`);
}

test.each(layoutNames)(
  "%s: the real initrd has what its layout needs on virtio",
  async (layout) => {
    expect(await findings(layout, "virtio")).toEqual([]);
  },
);

test("the real initrd is refused on a machine whose disk it has no driver for", async () => {
  expect(await findings("uefi-ext4", "sata")).toEqual([
    "preflight/initrd-driver-missing disk.main",
  ]);
});
