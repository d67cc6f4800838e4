import { expect, test } from "bun:test";
import type { Closure } from "../../../src/cache/closure.ts";
import type { NarSink } from "../../../src/nix/nar-sink.ts";
import type { StoreEntry, StoreStreamReader } from "../../../src/store/store-reader.ts";
import { readSystem } from "../../../src/system-info/read-system.ts";

const toplevel = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nixos-system-host-24.11";
const closure: Closure = { toplevel, substituters: [], paths: [], downloadSize: 0, narSize: 0 };

/** A store with these files, by their path in the toplevel or from the root on. */
function storeOf(files: Readonly<Record<string, string>>): StoreStreamReader {
  const contents = new Map(
    Object.entries(files).map(([path, text]) => [
      path.startsWith("/") ? path : `${toplevel}/${path}`,
      Buffer.from(text),
    ]),
  );
  const stat = (path: string): Promise<StoreEntry | undefined> => {
    const file = contents.get(path);
    return Promise.resolve(
      file === undefined ? undefined : { type: "file", size: file.length, executable: false },
    );
  };
  return {
    stat,
    readFile: (path) => Promise.resolve(contents.get(path)),
    visit: (path: string, makeSink: () => NarSink) => {
      const file = contents.get(path);
      if (file === undefined) return Promise.resolve(false);
      const sink = makeSink();
      sink.startFile(Buffer.alloc(0), file.length, false);
      sink.fileData(file);
      sink.endFile();
      return Promise.resolve(true);
    },
  };
}

const bootspec = {
  system: "x86_64-linux",
  kernel: "/nix/store/kernel/bzImage",
  kernelParams: ["loglevel=4"],
  label: "NixOS 24.11",
  init: `${toplevel}/init`,
  toplevel,
};

const bootJson = (more: object = {}) =>
  JSON.stringify({ "org.nixos.bootspec.v1": bootspec, ...more });

const texts = {
  system: "x86_64-linux",
  "nixos-version": "24.11.20241201.abcdef\n",
  "kernel-params": "loglevel=4 resume=/dev/disk/by-label/swap\n",
};

test("what the toplevel says of itself is told, without the ends of lines", async () => {
  const files = { "bin/switch-to-configuration": "#!/bin/sh", [bootspec.kernel]: "a kernel" };
  const store = storeOf({ ...texts, ...files, "boot.json": bootJson() });
  expect(await readSystem(store, closure)).toEqual({
    closure,
    system: "x86_64-linux",
    nixosVersion: "24.11.20241201.abcdef",
    kernelParameters: ["loglevel=4", "resume=/dev/disk/by-label/swap"],
    fstab: [],
    crypttab: [],
    bootspec: { ...bootspec, specialisations: {} },
    loader: { loader: "other", efiVariableUse: undefined },
    bootFiles: { kernel: 8, initrd: 0 },
    hasEtcOverlay: false,
  });
});

test("a generation without boot.json is known by its links", async () => {
  const store = storeOf({ ...texts, kernel: "a kernel", initrd: "an initrd" });
  const system = await readSystem(store, closure);
  expect(system.bootspec).toBeUndefined();
  expect(system.bootFiles).toEqual({ kernel: 8, initrd: 9 });
  expect(system.initrd).toHaveProperty("unreadable");
});

test("a container has neither kernel nor initrd", async () => {
  const system = await readSystem(storeOf(texts), closure);
  expect(system).not.toHaveProperty("initrd");
  expect(system.bootFiles).toEqual({ kernel: 0, initrd: 0 });
});

test("an initrd that boot.json names and that is not there is one that cannot be read", async () => {
  const document = JSON.stringify({
    "org.nixos.bootspec.v1": { ...bootspec, initrd: "/nix/store/initrd/initrd" },
  });
  const { initrd } = await readSystem(storeOf({ ...texts, "boot.json": document }), closure);
  expect(initrd).toEqual({ unreadable: "there is no /nix/store/initrd/initrd" });
});

test.each([
  ["by its link", { "etc-metadata-image": "an image", "boot.json": bootJson() }],
  [
    "by the settings of nixos-init",
    {
      "boot.json": bootJson({
        "org.nixos.nixos-init.v1": { etc_metadata_image: "/nix/store/etc-metadata.erofs" },
      }),
    },
  ],
])("an /etc that is an image is seen %s", async (_how, files) => {
  const { hasEtcOverlay } = await readSystem(storeOf({ ...texts, ...files }), closure);
  expect(hasEtcOverlay).toBe(true);
});

test("settings of nixos-init without an image are no overlay", async () => {
  const document = bootJson({ "org.nixos.nixos-init.v1": { firmware: "/nix/store/firmware" } });
  const { hasEtcOverlay } = await readSystem(storeOf({ ...texts, "boot.json": document }), closure);
  expect(hasEtcOverlay).toBe(false);
});

test.each([
  ["{", "boot.json is not JSON"],
  ["[]", "boot.json: org.nixos.bootspec.v1: "],
  [bootJson(), `boot.json names a kernel that is not there: ${bootspec.kernel}`],
])("what is wrong with boot.json %# is told, and the rest is read", async (document, problem) => {
  const system = await readSystem(storeOf({ ...texts, "boot.json": document }), closure);
  expect(system.bootspecProblem).toStartWith(problem);
  expect(system.system).toBe("x86_64-linux");
});

test("a system that cannot be switched to says so", async () => {
  const program = { "bin/switch-to-configuration": "#!/bin/sh" };
  expect(await readSystem(storeOf(texts), closure)).toHaveProperty("lacksSwitchProgram", true);
  const switchable = await readSystem(storeOf({ ...texts, ...program }), closure);
  expect(switchable).not.toHaveProperty("lacksSwitchProgram");
});

test("what is no NixOS system has nothing to say", async () => {
  const system = await readSystem(storeOf({}), closure);
  expect(system).toMatchObject({ system: "", kernelParameters: [], fstab: [] });
  expect(system).not.toHaveProperty("nixosVersion");
});

test("the arrays that /etc names are told, wherever the file lies", async () => {
  const mdadmConfig = "ARRAY /dev/md/root UUID=01234567:89abcdef:01234567:89abcdef\n";
  for (const path of ["etc/mdadm.conf", "etc/mdadm/mdadm.conf"]) {
    const system = await readSystem(storeOf({ ...texts, [path]: mdadmConfig }), closure);
    expect(system.mdadmConfig).toBe(mdadmConfig);
  }
});

test("kernels and initrds of specialisations count once each, without the system's own", async () => {
  const own = { ...bootspec, initrd: "/nix/store/own/initrd" };
  const special = (kernel: string, initrd: string) => ({
    "org.nixos.bootspec.v1": { ...own, kernel, initrd },
  });
  const document = JSON.stringify({
    "org.nixos.bootspec.v1": own,
    "org.nixos.specialisation.v1": {
      same: special(own.kernel, own.initrd),
      zen: special("/nix/store/zen/bzImage", "/nix/store/zen/initrd"),
      other: special("/nix/store/zen/bzImage", "/nix/store/other/initrd"),
    },
  });
  const store = storeOf({
    ...texts,
    "boot.json": document,
    [own.kernel]: "12345",
    [own.initrd]: "1234",
    "/nix/store/zen/bzImage": "123",
    "/nix/store/zen/initrd": "12",
    "/nix/store/other/initrd": "1",
  });
  const { bootFiles } = await readSystem(store, closure);
  expect(bootFiles).toEqual({ kernel: 5, initrd: 4, specialisations: { count: 3, size: 6 } });
});
