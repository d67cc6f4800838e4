import { chmod, copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { exec } from "../../../../src/run/command.ts";
import { makeRoot, type Suite } from "../../../bench/roots.ts";
import { nix } from "../closure-fixture.ts";

/** What ldd(1) asks, which needs a shell. */
const loader = "/lib64/ld-linux-x86-64.so.2";

/** Runs Nix with the libraries beside it, wherever its store path is seen. */
const launcher = (name: string, prelude: string) => `#!/bin/sh
${prelude}
own=\${0%/*}/..
exec "$own/lib/ld-linux-x86-64.so.2" --argv0 ${name} --library-path "$own/lib" "$own/libexec/nix" "$@"
`;

/**
 * Makes a portable store with the Nix of a Debian release.
 *
 * @param prelude What the shell does before each command of Nix, whose arguments are in `$@`.
 * @returns Path of the tarball, in `directory`.
 */
export async function suiteTarball(suite: Suite, directory: string, prelude = ""): Promise<string> {
  const root = await makeRoot(suite, () => {});
  const { stdout: linked } = await exec(["chroot", root, loader, "--list", "/usr/bin/nix"]);
  const tree = join(directory, `nix-${suite}`);
  for (const name of ["bin", "lib", "libexec"]) await mkdir(join(tree, name), { recursive: true });
  for (const [library] of linked.matchAll(/\/\S+/g)) {
    await copyFile(join(root, library), join(tree, "lib", basename(library)));
  }
  await copyFile(join(root, "usr/bin/nix"), join(tree, "libexec/nix"));
  for (const name of ["nix", "nix-store"]) {
    await Bun.write(join(tree, "bin", name), launcher(name, prelude));
    await chmod(join(tree, "bin", name), 0o755);
  }
  const store = join(directory, `store-${suite}`);
  await nix(["nix-store", "--store", store, "--add", tree]);
  const tarball = join(directory, `nix-${suite}.tar`);
  await exec(["tar", "--create", "--file", tarball, "--directory", store, "nix"]);
  return tarball;
}
