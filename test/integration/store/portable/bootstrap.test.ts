import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { InstallerError } from "../../../../src/errors.ts";
import { portableProgram } from "../../../../src/store/portable/nix.ts";
import { type PortableStoreStep, portableStoreStep } from "../../../../src/store/portable/step.ts";
import { cuttingProxy } from "../../../support/cutting-proxy.ts";
import { serveDirectory } from "../../../support/nginx.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { systemFixture } from "../../../system/index.ts";
import { makeBareRoot } from "../../linux/bare-root.ts";
import type { BootstrapReport } from "./bootstrap-program.ts";
import { type RunOptions, runProgram } from "./run-program.ts";

let official: string;
let tree: string;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

// The tarballs of real Nix are built first where they are not yet.
setDefaultTimeout(900_000);

beforeAll(async () => {
  ({ nixTarball: official, treeTarball: tree } = await systemFixture());
  scratch = await scratchDirectory("portable");
});

afterAll(() => scratch[Symbol.asyncDispose]());

async function bootstrap(
  step: Partial<PortableStoreStep> & { tarball: string },
  commands: readonly (readonly string[])[] = [],
  options: RunOptions = {},
): Promise<BootstrapReport> {
  const store: PortableStoreStep = {
    kind: "portable-store",
    id: "portable-store",
    location: "memory",
    root: "/nonexistent",
    system: "x86_64-linux",
    ...step,
  };
  return await runProgram({ store, commands }, options);
}

function sha256(path: string): Promise<string> {
  return Bun.$`sha256sum ${path}`.text().then((line) => line.slice(0, 64));
}

const nixStore = portableProgram("nix-store");
const proofs = [
  [portableProgram("nix"), "--version"],
  [nixStore, "--verify", "--check-contents"],
  [nixStore, "--dump-db"],
];

/** The tree of a real tarball, changed by a shell script in its `nix` directory, packed again. */
async function changed(script: string): Promise<string> {
  await using work = await scratchDirectory("changed");
  const tarball = join(scratch.path, `changed-${Bun.hash(script)}.tar`);
  await Bun.$`tar -x -f ${tree} --zstd && chmod -R u+w nix`.cwd(work.path);
  await Bun.$`sh -euc ${script}`.cwd(join(work.path, "nix"));
  await Bun.$`sh -euc ${`tar -c nix | zstd -q -1 >${tarball}`}`.cwd(work.path);
  return tarball;
}

/** Real Nix runs and has every path that the tarball registers. */
function expectNix({ error, nix, outputs }: BootstrapReport): void {
  expect(error).toBeUndefined();
  expect(nix).toMatch(/^\/nix\/store\/.{32}-nix-[\d.]+$/);
  expect(outputs[0]).toMatch(/^nix \(Nix\) \d+\.\d+/);
  expect(outputs[2]?.split("\n")).toContain(String(nix));
}

test("Nix's own tarball becomes /nix in memory, and real Nix from it runs", async () => {
  const report = await bootstrap({ tarball: official, sha256: await sha256(official) }, proofs);
  expectNix(report);
  const size = statSync(official).size;
  expect(report.lastProgress).toEqual({ done: size, total: size, unit: "bytes" });
  expect(report.held).toEqual(["the portable store in memory"]);
});

test("a plain tree with Nix's database comes in on standard input", async () => {
  expectNix(await bootstrap({ tarball: "-" }, proofs, { input: Bun.file(tree) }));
});

test("it works in a chroot with nothing but the program and its C library", async () => {
  const root = join(scratch.path, "bare");
  await makeBareRoot(root, join(import.meta.dir, "bootstrap-program.ts"));
  const report = await bootstrap({ tarball: "-" }, proofs, {
    input: Bun.file(official),
    prepare: `mount -t proc proc '${root}/proc'`,
    program: `env -i /usr/sbin/chroot '${root}' /program`,
  });
  expectNix(report);
  expect(readdirSync(root).toSorted()).toEqual(["lib", "lib64", "proc", "program"]);
});

test("its Nix opens a store elsewhere", async () => {
  const other = join(scratch.path, "other");
  const verify = [nixStore, "--store", other, "--verify", "--check-contents"];
  const report = await bootstrap({ tarball: tree }, [verify]);
  expect(report.error).toBeUndefined();
  expect(existsSync(join(other, "nix/var/nix/db/db.sqlite"))).toBe(true);
});

describe("on the target disk", () => {
  test("it lives in a directory of the target and leaves nothing there", async () => {
    const root = join(scratch.path, "target");
    await mkdir(join(root, ".landfall-portable-store/left-by-a-killed-run"), { recursive: true });
    const list = ["/bin/sh", "-c", `/bin/ls -a '${root}/.landfall-portable-store'`];
    const report = await bootstrap({ tarball: tree, location: "target", root }, [...proofs, list]);
    expectNix(report);
    expect(report.outputs[3]?.split("\n").toSorted()).toEqual(["", ".", "..", "store", "var"]);
    expect(readdirSync(root)).toEqual([]);
  });

  test("a disk that has become read-only is the disk's fault", async () => {
    const root = join(scratch.path, "read-only");
    await mkdir(root);
    const prepare = `mount -t tmpfs -o ro small '${root}'`;
    const report = await bootstrap({ tarball: tree, location: "target", root }, [], { prepare });
    expect(report.error?.reason).toBe("disk");
    expect(report.error?.message).toContain(
      "the portable store cannot be unpacked on the target disk: its file system is read-only",
    );
  });

  test("too little room is said so, and nothing is left", async () => {
    const root = join(scratch.path, "small");
    await mkdir(root);
    const prepare = `mount -t tmpfs -o size=10m small '${root}'`;
    const report = await bootstrap({ tarball: tree, location: "target", root }, [], { prepare });
    expect(report.error).toMatchObject({
      reason: "disk",
      message: expect.stringMatching(
        /^the portable store does not fit on the target disk: .* of 10 MiB are free$/,
      ),
    });
  });
});

describe("on a live system with store paths of its own", () => {
  const live = `${"0".repeat(32)}-live-tool`;
  const prepare = () => `
    mkdir -p '${scratch.path}/live/store/${live}/bin'
    mount --bind '${scratch.path}/live' /nix
  `;

  test("they stay in reach beside the portable store's, and are its own again afterwards", async () => {
    const look = [
      "/bin/sh",
      "-c",
      `/bin/ls -d /nix/store/${live}/bin; /bin/mkdir /nix/store/x 2>&1 || :`,
    ];
    const report = await bootstrap({ tarball: tree }, [...proofs, look], { prepare: prepare() });
    expectNix(report);
    expect(report.warnings).toEqual([]);
    expect(report.outputs[3]).toMatch(/^\/nix\/store\/0+-live-tool\/bin\n.*Read-only file system/);
    expect(report.nixAfterwards).toEqual(["store"]);
    expect(readdirSync(join(scratch.path, "live/store"))).toEqual([live]);
  });
});

describe("by URL", () => {
  test("a tarball is downloaded and compared with its hash", async () => {
    await using server = await serveDirectory(join(tree, ".."));
    const tarball = `${server.url()}/${tree.split("/").pop()}`;
    expectNix(await bootstrap({ tarball, sha256: await sha256(tree) }, proofs));
    const report = await bootstrap({ tarball, sha256: "0".repeat(64) });
    expect(report.error?.reason).toBe("integrity");
    expect(report.error?.message).toContain(`its SHA-256 is ${await sha256(tree)}, not 000`);
  });

  test("a download that breaks off in the middle begins again", async () => {
    const bytes = await Bun.file(tree).bytes();
    let requests = 0;
    await using server = createServer((_, response) => {
      requests++;
      response.setHeader("content-length", bytes.length);
      if (requests > 1) response.end(bytes);
      else response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const tarball = `http://127.0.0.1:${port}/store.tar.zst`;
    const report = await bootstrap({ tarball, sha256: await sha256(tree) }, proofs);
    expectNix(report);
    expect(requests).toBe(2);
    expect(report.warnings).toHaveLength(1);
  });

  test("a download that breaks off goes on with the next byte, where the server can", async () => {
    await using server = await serveDirectory(join(tree, ".."));
    await using proxy = cuttingProxy(server.port, (_, cuts) => (cuts < 3 ? 5_000_000 : undefined));
    const tarball = `${proxy.url}/${tree.split("/").pop()}`;
    expectNix(await bootstrap({ tarball, sha256: await sha256(tree) }, proofs));
    const requests = (await server.accessLog()).map((line) => line.split(" ")[2]);
    expect(requests).toEqual(["200", "206", "206", "206"]);
  });

  test("a tarball that the server does not have is the server's fault", async () => {
    await using server = await serveDirectory(scratch.path);
    const report = await bootstrap({ tarball: `${server.url()}/none.tar.xz` });
    expect(report.error?.reason).toBe("cache");
    expect(report.error?.message).toContain("/none.tar.xz: answered 404");
  });
});

describe("refused with nothing left behind", () => {
  const nix = "$(ls -d store/*-nix-[0-9]*)";
  const changes: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    "a store path is missing": [
      "rm -rf store/*-glibc-*",
      "integrity",
      /contradicts itself: .*-glibc-.* is registered but missing/,
    ],
    "a store path is too much": [
      `mkdir store/${"0".repeat(32)}-extra`,
      "integrity",
      /contradicts itself: 0+-extra is there but not registered/,
    ],
    "a file is another": [`echo >${nix}/changed`, "integrity", /exit status 1/],
    "the database is none": [
      "echo none >var/nix/db/db.sqlite",
      "integrity",
      /database .* not usable/,
    ],
    "Nix is for another machine": [
      `printf '\\267' | dd of=${nix}/bin/nix bs=1 seek=18 conv=notrunc status=none`,
      "refused",
      /is for aarch64-linux, this machine is x86_64-linux/,
    ],
    "Nix does not run": [
      `echo >${nix}/bin/nix`,
      "refused",
      /the portable store's Nix does not run on this machine/,
    ],
  };
  for (const [what, [script, reason, message]] of Object.entries(changes)) {
    test(what, async () => {
      const { error } = await bootstrap({ tarball: await changed(script) });
      expect(error).toMatchObject({ reason, message: expect.stringMatching(message) });
    });
  }

  test("a tarball that is cut off", async () => {
    const cut = join(scratch.path, "cut.tar.xz");
    await Bun.write(cut, (await Bun.file(official).bytes()).subarray(0, -1_000_000));
    const { error } = await bootstrap({ tarball: cut });
    expect(error?.reason).toBe("integrity");
    expect(error?.message).toContain("damaged or cut off");
  });

  test("no tarball", async () => {
    const missing = await bootstrap({ tarball: "none.tar.xz" });
    expect(missing.error).toMatchObject({
      reason: "refused",
      message: "the portable store none.tar.xz cannot be read: there is no such file",
    });
    const nothing = await bootstrap({ tarball: "-" });
    expect(nothing.error?.message).toBe("no portable store comes in on standard input");
    expect(nothing.error?.hint).toContain("curl");
  });
});

test("outside of a mount namespace of its own nothing is mounted", async () => {
  const step = { kind: "portable-store", id: "portable-store", tarball: tree } as const;
  const context = {
    signal: new AbortController().signal,
    exec: () => Promise.reject(new Error("no program is to be run")),
    progress: () => undefined,
    profile: () => undefined,
    log: () => undefined,
    hold: () => undefined,
    secret: () => new Uint8Array(),
  };
  const run = portableStoreStep.run(
    { ...step, location: "memory", root: "/", system: "x86_64-linux" },
    context,
  );
  const error = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InstallerError);
  expect(String(error)).toContain("not in a mount namespace of its own");
});
