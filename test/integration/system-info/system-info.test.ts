import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Closure, ClosurePath } from "../../../src/cache/closure.ts";
import { KeptFiles } from "../../../src/cache/kept-files.ts";
import { pullClosure } from "../../../src/cache/pull.ts";
import { walkClosure } from "../../../src/cache/walk.ts";
import { readLoaderDeclaration } from "../../../src/system/boot/installed-loader.ts";
import { TargetStoreReader } from "../../../src/system/target-store-reader.ts";
import { readSystemFromCaches } from "../../../src/system-info/read-from-caches.ts";
import type { SystemInfo } from "../../../src/system-info/system-info.ts";
import { GiB } from "../../../src/values/size.ts";
import { faultServer } from "../../support/fault-server.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";

setDefaultTimeout(60_000);

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, 900_000);

const { signal } = new AbortController();

function walk(toplevel: string, ...substituters: readonly string[]): Promise<Closure> {
  return walkClosure({
    toplevel,
    substituters,
    trustedPublicKeys: [fixture.publicKey],
    requireSignatures: true,
    connections: 25,
    signal,
  });
}

function read(
  closure: Closure,
  messages: string[] = [],
  kept = new KeptFiles(0),
): Promise<SystemInfo> {
  return readSystemFromCaches(closure, {
    signal,
    kept,
    log: (level, text) => messages.push(`${level}: ${text}`),
    execute: (argv) => Promise.reject(new Error(`nothing is to be run: ${argv.join(" ")}`)),
    trust: { trustedPublicKeys: [], requireSignatures: true },
  });
}

/** The path of the closure whose name, without its hash, a pattern describes. */
function pathOf({ paths }: Closure, name: RegExp): ClosurePath {
  const found = paths.find(({ storePath }) => name.test(storePath.slice(44)));
  if (found === undefined) throw new Error(`the closure has no ${name}`);
  return found;
}

const narOf = (path: ClosurePath) => new URL(path.narUrl).pathname;

test("a system of 300 paths is known from some ten NARs, of which only the initrd counts", async () => {
  await using plain = await serveDirectory(fixture.cache.zstd);
  const kernel = narOf(pathOf(await walk(fixture.toplevel.uefi, plain.url()), /^linux-/));
  // So slowly that the kernel cannot be there whole before anybody has looked at its beginning.
  await using server = await serveDirectory(fixture.cache.zstd, {
    server: `location = ${kernel} { limit_rate 256k; }`,
  });
  const closure = await walk(fixture.toplevel.uefi, server.url());
  const asked = (await server.accessLog()).length;

  const system = await read(closure);

  const requests = (await server.accessLog()).slice(asked).map((line) => {
    const [, uri = "", status, bytes] = line.split(" ");
    const path = closure.paths.find((each) => narOf(each) === uri);
    return { name: path?.storePath.slice(44) ?? uri, status, bytes: Number(bytes) };
  });
  const names = requests.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeLessThanOrEqual(10);
  const bytesOf = (pattern: RegExp) =>
    requests.filter(({ name }) => pattern.test(name)).reduce((sum, { bytes }) => sum + bytes, 0);
  expect(bytesOf(/^(?!initrd-|linux-)/)).toBeLessThan(40_000);
  expect(bytesOf(/^initrd-/)).toBe(pathOf(closure, /^initrd-/).fileSize ?? 0);
  expect(bytesOf(/^linux-/)).toBeLessThan(1_000_000);

  expect(system).toMatchObject({
    system: "x86_64-linux",
    nixosVersion: "24.11.landfall",
    fstab: [
      { device: "/dev/disk/by-label/nixos", mountPoint: "/", type: "ext4" },
      { device: "/dev/disk/by-label/ESP", mountPoint: "/boot", type: "vfat" },
    ],
    loader: { loader: "systemd-boot", efiSysMountPoint: "/boot" },
    hasEtcOverlay: false,
    initrd: { kind: "script" },
  });
  const bootFile = (name: string) =>
    Bun.file(`${fixture.builderRoot}${system.bootspec?.[name === "kernel" ? "kernel" : "initrd"]}`)
      .size;
  expect(system.bootFiles).toEqual({
    kernel: bootFile("kernel"),
    initrd: bootFile("initrd"),
    // It boots the system's own kernel and initrd, with other parameters.
    specialisations: { count: 1, size: 0 },
  });
});

test.each([
  ["with memory, what was read to its end is not fetched again by the pull", 2 * GiB, true],
  ["with little memory, nothing is kept", GiB / 2, false],
])("%s", async (_what, memory, isKept) => {
  await using target = await scratchDirectory("target");
  await using server = await serveDirectory(fixture.layoutCache);
  const narsAsked = async () =>
    (await server.accessLog()).filter((line) => line.startsWith("GET /nar/")).length;
  const closure = await walk(fixture.layouts["uefi-ext4"], server.url());
  const files = new KeptFiles(memory);
  await read(closure, [], files);
  const asked = await narsAsked();
  expect(asked).toBeGreaterThan(5);
  const options = { closure, root: target.path, connections: 16, signal, files };
  const { fetched } = await pullClosure(options);
  expect(fetched).toBe(closure.paths.length);
  // Of the kernel only the size was wanted.
  const kept = isKept ? asked - 1 : 0;
  expect((await narsAsked()) - asked).toBe(closure.paths.length - kept);
});

test.each(["hybrid-grub", "raid1-esp-each", "luks-lvm"] as const)(
  "%s: the caches say of the boot loader and of /etc/fstab what the store says",
  async (layout) => {
    await using server = await serveDirectory(fixture.layoutCache);
    const toplevel = fixture.layouts[layout];
    const system = await read(await walk(toplevel, server.url()));
    const store = new TargetStoreReader(fixture.builderRoot);
    expect(system.loader).toEqual(await readLoaderDeclaration(store, toplevel));
    const text = await store.readFile(`${toplevel}/etc/fstab`, { size: 10_000 });
    const words = system.fstab.flatMap(({ device, mountPoint, type }) => [
      device,
      mountPoint,
      type,
    ]);
    expect(words.length).toBeGreaterThan(0);
    for (const word of words) expect(text?.toString()).toContain(word);
  },
);

test("GRUB is told with its disks, and with the ESP where it is for UEFI, too", async () => {
  await using server = await serveDirectory(fixture.layoutCache);
  const hybrid = await read(await walk(fixture.layouts["hybrid-grub"], server.url()));
  expect(hybrid.loader.grub).toEqual([
    {
      bootPath: "/boot",
      devices: ["/dev/disk/by-id/virtio-landfall-main"],
      efiSysMountPoint: "/boot/efi",
      forBios: true,
      forUefi: true,
    },
  ]);
  const mirrored = await read(await walk(fixture.layouts["raid1-esp-each"], server.url()));
  expect(mirrored.loader.grub?.map(({ bootPath, forBios }) => [bootPath, forBios])).toEqual([
    ["/boot", false],
    ["/boot-fallback", false],
  ]);
});

test("a cache that is a directory says the same", async () => {
  await using server = await serveDirectory(fixture.layoutCache);
  const toplevel = fixture.layouts["luks-lvm"];
  const { closure: _one, ...overHttp } = await read(await walk(toplevel, server.url()));
  const { closure: _other, ...fromDirectory } = await read(
    await walk(toplevel, `file://${fixture.layoutCache}`),
  );
  expect(fromDirectory).toEqual(overHttp);
});

test("an initrd that is not what was signed comes from the next cache, or is an error", async () => {
  const toplevel = fixture.layouts["luks-lvm"];
  await using good = await serveDirectory(fixture.layoutCache);
  const initrd = pathOf(await walk(toplevel, good.url()), /^initrd-/);
  const spoilt = new Uint8Array(await Bun.file(`${fixture.layoutCache}${narOf(initrd)}`).bytes());
  spoilt[spoilt.length >> 1] = (spoilt[spoilt.length >> 1] ?? 0) ^ 1;
  await using bad = faultServer(fixture.layoutCache, ({ path }) =>
    path === narOf(initrd) ? { body: spoilt } : undefined,
  );
  const error = await rejection(read(await walk(toplevel, bad.url)));
  expect(error).toMatchObject({ reason: "integrity", object: initrd.storePath });

  const messages: string[] = [];
  const system = await read(await walk(toplevel, bad.url, good.url()), messages);
  expect(system.initrd).toHaveProperty("kind", "script");
  expect(messages.filter((each) => each.startsWith("warning:"))).toEqual([
    expect.stringContaining("is asked last from now on"),
    expect.stringContaining("asking the next cache"),
  ]);
});
