import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { scratchDirectory } from "../../support/scratch.ts";
import { makeBareRoot } from "./bare-root.ts";
import type { NamespaceReport } from "./namespace-program.ts";

setDefaultTimeout(60_000);

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

/** A root directory that holds a compiled program as `/program`, the C library it needs, and `/proc`: nothing else. */
let bareRoot: string;

beforeAll(async () => {
  scratch = await scratchDirectory("namespace");
  bareRoot = join(scratch.path, "root");
  await makeBareRoot(bareRoot, join(import.meta.dir, "namespace-program.ts"));
}, 300_000);

afterAll(() => scratch[Symbol.asyncDispose]());

/**
 * Runs a shell script in a mount namespace of its own, whose mounts go with it, with `$root` a copy of the bare root.
 * Fails if the script changes what it or its mounts look like between `before` and `after`.
 */
async function run(script: string, input = ""): Promise<Bun.SyncSubprocess<"pipe", "pipe">> {
  await using work = await scratchDirectory("namespace-run");
  const prelude = `
    cd ${work.path}
    root=${work.path}/root
    mkdir "$root"
    seen() { cat /proc/self/mountinfo; find "$root" -xdev -printf '%p %y %m %T@\\n' | sort; }
    before() { seen >before; }
    after() { seen >after; diff before after >&2; }
  `;
  const source = `cp -a ${bareRoot}/. "$root"`;
  const ended = Bun.spawnSync(
    [
      "unshare",
      "--mount",
      "sh",
      "-euc",
      `${prelude}\ncopy() { ${source}; mount -t proc proc "$root/proc"; }\n${script}`,
    ],
    { stdin: Buffer.from(input), stdout: "pipe", stderr: "pipe" },
  );
  return ended;
}

async function report(script: string, input?: string): Promise<NamespaceReport> {
  const { exitCode, stdout, stderr } = await run(script, input);
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout.toString()) as NamespaceReport;
}

const overNix = / \/nix .* - tmpfs landfall-test /;

test("a mount on /nix is seen by the process and by nobody else", async () => {
  const own = await report(`
    mount --make-rshared /
    before
    ${bareRoot}/program
    after
  `);
  expect(own.mounts).toMatch(overNix);
  expect(own.parentMounts).not.toMatch(/landfall-test/);
  expect(own.mounts).not.toMatch(/ shared:\d+ /);
});

test("arguments, working directory and standard input survive", async () => {
  const input = "from a pipe\n".repeat(300_000);
  const own = await report(
    `mkdir "a directory"; cd "a directory"; ${bareRoot}/program a "b c"`,
    input,
  );
  expect(own.arguments).toEqual(["a", "b c"]);
  expect(own.directory).toEndWith("/a directory");
  expect(own.input === input).toBe(true);
});

test("a chroot with nothing but the program and its C library is enough", async () => {
  const own = await report(`
    copy
    before
    env -i /usr/sbin/chroot "$root" /program
    after
  `);
  expect(own.root).toEqual(["dev", "lib", "lib64", "nix", "proc", "program", "sys"]);
  expect(own.nix).toEqual([]);
  expect(own.devices).toContain("null");
  // Nothing but what the engine is told.
  expect(own.environment).toEqual({ BUN_JSC_useFTLJIT: "0" });
});

test("a chroot that is no mount point does not leak mounts through a shared one above it", async () => {
  const own = await report(`
    mount -t tmpfs shared-tmpfs "$root"
    mount --make-shared "$root"
    root="$root/inner"
    mkdir "$root"
    copy
    mkdir "$root/nix"
    before
    chroot "$root" /program
    after
  `);
  expect(own.mounts).toMatch(overNix);
  expect(own.parentMounts).toMatch(/ shared:\d+ - tmpfs shared-tmpfs/);
  expect(own.parentMounts).not.toMatch(/landfall-test/);
});

test("a read-only root stays as it is, with everything in it, below it and linked from it", async () => {
  const own = await report(`
    cp -a ${bareRoot}/. "$root"
    mkdir "$root/data" "$root/data/inner"
    ln -s data/inner "$root/link"
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t tmpfs below "$root/data/inner"
    mkdir "$root/data/inner/here"
    mount -o remount,bind,ro "$root"
    before
    cd "$root"
    chroot "$root" /program
    cd "$OLDPWD"
    after
  `);
  expect(own.root).toContain("data");
  expect(own.root).toContain("link");
  expect(own.root).toContain("nix");
  expect(own.root).not.toContain(".old-root");
  expect(own.mounts).toMatch(/ \/data\/inner .* - tmpfs below /);
  expect(own.mounts).toMatch(/ \/data ro,/);
});

test("the live system's own /nix is covered for the process and is there again afterwards", async () => {
  const own = await report(`
    copy
    mkdir -p "$root/nix/store/live" "$root/dev" "$root/sys"
    before
    chroot "$root" /program
    after
    test -d "$root/nix/store/live"
    test ! -e "$root/nix/portable"
  `);
  expect(own.nix).toEqual(["store"]);
  expect(own.mounts).toMatch(overNix);
});

test("a /nix that is a symbolic link is replaced for the process only", async () => {
  const own = await report(`
    copy
    mkdir "$root/elsewhere"
    ln -s elsewhere "$root/nix"
    before
    chroot "$root" /program
    after
    test -z "$(ls "$root/elsewhere")"
  `);
  expect(own.nixIsDirectory).toBe(true);
  expect(own.nix).toEqual([]);
});

test("variables that make the linker or Bun load code are dropped, a foreign marker is not believed", async () => {
  const own = await report(`
    export LD_BIND_NOW=1 LD_LIBRARY_PATH=/none BUN_INSPECT_CONNECT_TO= KEPT=1
    LANDFALL_MOUNT_NAMESPACE=1 ${bareRoot}/program
  `);
  const names = Object.keys(own.environment);
  expect(names).toContain("KEPT");
  expect(names.filter((name) => /^(LD_|BUN_INSPECT|LANDFALL)/.test(name))).toEqual([]);
  expect(own.parentMounts).not.toMatch(/landfall-test/);
});

test("without root's rights it refuses and says what to do", async () => {
  const { exitCode, stderr } = await run(`chmod -R a+rX ${scratch.path}
    exec setpriv --reuid 65534 --clear-groups ${bareRoot}/program`);
  expect(exitCode).toBe(4);
  expect(stderr.toString()).toContain("needs the rights of root");
  expect(stderr.toString()).toContain("sudo");
});

test("in a container that forbids mounts it refuses and says what to do", async () => {
  const { exitCode, stderr } = await run(
    `exec setpriv --bounding-set=-sys_admin ${bareRoot}/program`,
  );
  expect(exitCode).toBe(4);
  expect(stderr.toString()).toContain(
    "cannot have mounts of its own: unshare: Operation not permitted",
  );
  expect(stderr.toString()).toContain("CAP_SYS_ADMIN");
});
