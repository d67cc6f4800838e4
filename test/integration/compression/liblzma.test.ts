import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { scratchDirectory } from "../../support/scratch.ts";
import { makeBareRoot } from "../linux/bare-root.ts";

/* With what a compiled program decompresses xz on a system that has nothing but the C library: no libstdc++, no /tmp. */

setDefaultTimeout(60_000);

const contents = crypto.getRandomValues(new Uint8Array(60_000));

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let root: string;

beforeAll(async () => {
  scratch = await scratchDirectory("liblzma");
  root = join(scratch.path, "root");
  await makeBareRoot(root, join(import.meta.dir, "liblzma-program.ts"));
});

afterAll(() => scratch[Symbol.asyncDispose]());

function run(env: Record<string, string>): string {
  const script = `mount --bind /proc "${root}/proc" && exec chroot "${root}" /program`;
  const { stdout, stderr, exitCode } = Bun.spawnSync(["unshare", "--mount", "sh", "-c", script], {
    stdin: Bun.spawnSync(["xz", "-c"], { stdin: contents }).stdout,
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  expect(stderr.toString()).toBe("");
  expect(exitCode).toBe(0);
  return stdout.toString().trim();
}

const digest = new Bun.CryptoHasher("sha256").update(contents).digest("hex");

test("is native code on x86-64, WebAssembly elsewhere", () => {
  expect(run({})).toBe(`${process.arch === "x64" ? "native" : "wasm"} ${digest}`);
});

test("is WebAssembly where the system does not load native code", () => {
  // The loader is told to look for all functions at once; those of the addon's C++ are nowhere.
  expect(run({ LD_BIND_NOW: "1" })).toBe(`wasm ${digest}`);
});
