import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type SystemFixture, systemFixture } from "../../system/index.ts";
import { withLock } from "../../system/lock.ts";

setDefaultTimeout(60_000);

let fixture: SystemFixture;

beforeAll(async () => {
  fixture = await systemFixture();
}, 900_000);

describe("binary caches", () => {
  for (const compression of ["zstd", "xz", "none"] as const) {
    test(`${compression}: hold both closures, signed`, async () => {
      for (const toplevel of Object.values(fixture.toplevel)) {
        const closure = (await fixture.nix(["nix-store", "-qR", toplevel])).trim().split("\n");
        for (const path of closure) {
          const hash = basename(path).slice(0, 32);
          const narinfo = await Bun.file(
            join(fixture.cache[compression], `${hash}.narinfo`),
          ).text();
          expect(narinfo).toContain(`StorePath: ${path}\n`);
          expect(narinfo).toContain(`Compression: ${compression}\n`);
          expect(narinfo).toContain(`Sig: ${fixture.publicKey.split(":")[0]}:`);
        }
      }
    });

    test(`${compression}: real Nix accepts signatures and hashes`, async () => {
      const script = `
        target=$(mktemp -d)
        nix --option require-sigs true --option trusted-public-keys "$2" copy \\
          --from "file:///products/cache/$1" --to "$target?require-sigs=true" "$3"
        nix-store --store "$target" --verify --check-contents
        chmod -R u+w "$target" && rm -r "$target"`;
      const closure = await fixture.nix(["nix-store", "-qR", fixture.toplevel.uefi]);
      const [bash = ""] = /^.*-bash-[0-9.]+$/m.exec(closure) ?? [];
      const argv = ["bash", "-euc", script, "check", compression, fixture.publicKey, bash];
      await fixture.nix(argv);
    });
  }
});

/**
 * Unpacks a tarball with tar, arranges it with a script, and runs a program of its Nix where its store is /nix and
 * nothing else is.
 */
async function inStore(
  tarball: string,
  arrange: string,
  program: readonly string[],
  inputFile?: string,
): Promise<string> {
  await using scratch = await scratchDirectory("portable");
  const root = join(scratch.path, "root");
  await mkdir(join(root, "nix/store"), { recursive: true });
  await mkdir(join(root, "proc"));
  await exec(["sh", "-euc", `tar -xf "$1" -C "$2"; cd "$2"; ${arrange}`, "sh", tarball, root]);
  const [nix] = Array.from(new Bun.Glob("nix/store/*-nix-2.*/bin/nix-store").scanSync(root));
  const enter = 'mount -t proc proc "$1/proc"; exec chroot "$@"';
  const shell = ["unshare", "--mount", "--propagation=private", "sh", "-euc", enter, "sh"];
  const input = inputFile === undefined ? "" : await Bun.file(join(root, inputFile)).text();
  // Nix asks for a name that no /etc/passwd gives here.
  const environment = { PATH: process.env.PATH ?? "", HOME: "/", USER: "root" };
  const { stderr } = await exec([...shell, root, `/${nix}`, ...program], { input, environment });
  return stderr;
}

describe("portable stores", () => {
  test("official layout: store, registration and installer, and Nix runs from it", async () => {
    const { stdout } = await exec(["tar", "-tf", fixture.nixTarball]);
    const name = basename(fixture.nixTarball, ".tar.xz");
    const entries = stdout.split("\n");
    expect(name).toMatch(/^nix-[0-9.]+-x86_64-linux$/);
    expect(entries).toContain(`${name}/.reginfo`);
    expect(entries).toContain(`${name}/install`);
    expect(entries.every((entry) => entry === "" || entry.startsWith(`${name}/`))).toBe(true);
    const arrange = "mv nix-*/store/* nix/store/; mv nix-*/.reginfo reginfo";
    await inStore(fixture.nixTarball, arrange, ["--load-db"], "reginfo");
  });

  test("plain tree: Nix verifies the store it comes in", async () => {
    const output = await inStore(fixture.treeTarball, "", ["--verify", "--check-contents"]);
    expect(output).toContain("checking store hashes");
    expect(output).not.toContain("error");
  });
});

describe("the fixture", () => {
  test("is found within a second once it is built", async () => {
    const start = performance.now();
    const again = await systemFixture();
    expect(performance.now() - start).toBeLessThan(1000);
    expect(again.toplevel).toEqual(fixture.toplevel);
  });

  test("is built by one process at a time", async () => {
    await using scratch = await scratchDirectory("lock");
    const order: string[] = [];
    const hold = async (name: string) => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
    };
    const lock = join(scratch.path, "lock");
    await Promise.all([withLock(lock, () => hold("one")), withLock(lock, () => hold("one"))]);
    expect(order).toEqual(["one begins", "one ends", "one begins", "one ends"]);
  });
});
