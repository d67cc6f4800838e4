import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Compression } from "../../../src/nix/narinfo.ts";
import { exec } from "../../../src/run/command.ts";
import { buildDirectory } from "../../support/scratch.ts";

const compressions = ["none", "zstd", "xz", "gzip", "br", "bzip2", "lzip", "lzma", "lz4"] as const;

/** A small closure that real Nix built, signed and put into binary caches. */
export interface ClosureFixture {
  /** Store path that refers, by and by, to all others. */
  readonly toplevel: string;
  /** A binary cache as a directory, for each compression. */
  readonly caches: Readonly<Record<Compression, string>>;
  /** What signed every path but the content-addressed ones: `name:base64`. */
  readonly publicKey: string;
  /** The store it was built in, for `nix --store`. */
  readonly store: string;
}

/**
 * A library with every kind of file and one too large to be buffered; a twin that has the same and a little more; a
 * tool that refers to the library and to itself; a source and a text that are content-addressed and not signed; forty small paths; and a top that holds them all
 * together.
 */
const expression = `
let
  build = name: inputs: script: derivation {
    inherit name inputs;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-e" "-c" script ];
    PATH = "/bin:/usr/bin";
  };
  library = build "library" [ ] ''
    mkdir -p $out/lib $out/empty $out/deep/er/est
    echo contents > $out/lib/file
    : > $out/lib/nothing
    printf '#!/bin/sh\\n' > $out/lib/program
    chmod +x $out/lib/program
    ln -s file $out/lib/link
    ln -s /nowhere/at/all $out/lib/dangling
    echo odd > "$out/lib/$(printf 'na\\377me \\342\\202\\254')"
    head -c 9000000 /dev/zero | tr '\\0' a > $out/lib/large
    head -c 3000000 /dev/urandom >> $out/lib/large
    head -c 1000000 /dev/urandom > $out/deep/er/est/medium
  '';
  twin = build "twin" [ library ] ''
    cp -r $inputs $out
    chmod -R u+w $out
    cp $out/lib/file $out/lib/executable
    chmod +x $out/lib/executable
    ln -s file $out/empty/link
  '';
  tool = build "tool" [ library ] "mkdir $out; echo $inputs $out > $out/references";
  text = builtins.toFile "text" "refers to \${source}";
  source = ./source;
  small = builtins.genList
    (n: build "small-\${toString n}" [ tool ] "echo $inputs \${toString n} > $out") 40;
in
build "top" [ library twin tool text source small ] "mkdir $out; echo $inputs > $out/closure"
`;

const nixConfiguration = [
  "experimental-features = nix-command",
  "build-users-group =",
  "substituters =",
  "sandbox = true",
  "sandbox-fallback = false",
  "sandbox-paths = /bin /usr /lib /lib64",
].join("\n");

/** Runs a program of Nix with nothing of the host's configuration; returns what it prints. */
export async function nix(argv: readonly string[]): Promise<string> {
  const { stdout } = await exec(argv, {
    environment: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: buildDirectory,
      NIX_CONF_DIR: "/nonexistent",
      NIX_CONFIG: nixConfiguration,
    },
  });
  return stdout.trimEnd();
}

/** What `nix path-info --json --sigs` says of a path, the time of its registration left out. */
export interface NixPathInfo {
  readonly path: string;
  readonly ca?: string;
}

/** What Nix knows of a store path and all it refers to. */
export async function pathInfos(store: string, toplevel: string): Promise<NixPathInfo[]> {
  const argv = ["nix", "path-info", "--json", "--recursive", "--sigs", "--store", store, toplevel];
  const infos: NixPathInfo[] = JSON.parse(await nix(argv));
  return infos.map((info) => ({ ...info, registrationTime: 0 }));
}

/** The closure, built once and kept under `build`. */
export async function closureFixture(): Promise<ClosureFixture> {
  const directory = join(
    buildDirectory,
    `closure-${Bun.hash(expression + compressions.join()).toString(36)}`,
  );
  if (!existsSync(directory)) await build(directory);
  const cache = (compression: Compression) => join(directory, "cache", compression);
  return {
    toplevel: await Bun.file(join(directory, "toplevel")).text(),
    caches: {
      none: cache("none"),
      zstd: cache("zstd"),
      xz: cache("xz"),
      gzip: cache("gzip"),
      br: cache("br"),
      bzip2: cache("bzip2"),
      lzip: cache("lzip"),
      lzma: cache("lzma"),
      lz4: cache("lz4"),
    },
    publicKey: (await Bun.file(join(directory, "key.public")).text()).trim(),
    store: join(directory, "store"),
  };
}

/** Builds in a directory of its own, so that two test runs at once only do the work twice. */
async function build(directory: string): Promise<void> {
  const temporary = `${directory}.${process.pid}`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await rename(temporary, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function fill(directory: string): Promise<void> {
  const inside = (...names: string[]) => join(directory, ...names);
  await Bun.write(inside("default.nix"), expression);
  await Bun.write(inside("source", "file"), "a source");
  const store = inside("store");
  const toplevel = await nix([
    "nix-build",
    "--quiet",
    "--no-out-link",
    "--store",
    store,
    inside("default.nix"),
  ]);
  const [secret, publicKey] = [inside("key.secret"), inside("key.public")];
  await nix(["nix-store", "--generate-binary-cache-key", "test-1", secret, publicKey]);
  // What is content-addressed needs no signature, and has none, so that tests see it trusted without.
  const paths = (await pathInfos(store, toplevel)).filter(({ ca }) => ca === undefined);
  const names = paths.map(({ path }) => path);
  await nix(["nix", "store", "sign", "--store", store, "--key-file", secret, ...names]);
  for (const compression of compressions) {
    const cache = `file://${inside("cache", compression)}?compression=${compression}&compression-level=1`;
    await nix(["nix", "copy", "--no-check-sigs", "--from", store, "--to", cache, toplevel]);
  }
  await Bun.write(inside("toplevel"), toplevel);
}
