import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readAttribute } from "./sysfs.ts";

/** Where the modules of a running kernel are, Debian's way and NixOS's (modprobe(8); nixpkgs, `system.build`). */
const moduleDirectories = ["/lib/modules", "/run/booted-system/kernel-modules/lib/modules"];

/** Names of modules as the kernel has them: in those of files a dash is as good as an underscore (modprobe(8)). */
function kernelName(module: string): string {
  return module.replaceAll("-", "_");
}

/** The module that a file holds: `kernel/drivers/md/dm-crypt.ko.xz`. */
function moduleOf(file: string): string {
  return kernelName(basename(file).replace(/\.ko(?:\.[a-z0-9]+)?$/, ""));
}

/** The modules that a kernel has built in or can load, from the lists of depmod(8); `undefined` when there is no list. */
async function listedModules(directory: string): Promise<Set<string> | undefined> {
  const builtIn = await readAttribute(join(directory, "modules.builtin"));
  const loadable = await readAttribute(join(directory, "modules.dep"));
  if (builtIn === undefined && loadable === undefined) return undefined;
  const files = (loadable ?? "").split("\n").map((line) => line.split(":")[0] ?? "");
  return new Set([
    ...(builtIn ?? "").split("\n").map(moduleOf),
    // A live system may have been made smaller after its list was written.
    ...files.filter((file) => existsSync(join(directory, file))).map(moduleOf),
  ]);
}

/** The file systems that the kernel knows now: `/proc/filesystems` (proc(5)). */
async function knownFileSystems(proc: string): Promise<Set<string>> {
  const text = await readFile(join(proc, "filesystems"), "utf8").catch(() => "");
  return new Set(text.split("\n").map((line) => kernelName(line.split("\t").at(-1) ?? "")));
}

/** Where {@link findMissingModules} looks. */
export interface KernelPlaces {
  readonly proc: string;
  readonly sysfs: string;
  readonly modules: readonly string[];
}

/**
 * Which of some kernel modules the running kernel has not loaded, not built in, and cannot load. Where the live system
 * has no list of modules, nobody can tell, and none is called missing.
 *
 * @param modules Names such as `dm-crypt`.
 * @param release The kernel's, as uname(2) has it.
 */
export async function findMissingModules(
  modules: readonly string[],
  release: string,
  places: KernelPlaces = { proc: "/proc", sysfs: "/sys", modules: moduleDirectories },
): Promise<readonly string[]> {
  const lists = await Promise.all(
    places.modules.map((directory) => listedModules(join(directory, release))),
  );
  const listed = lists.filter((list) => list !== undefined);
  if (listed.length === 0) return [];
  const fileSystems = await knownFileSystems(places.proc);
  return [...new Set(modules)].filter((module) => {
    const name = kernelName(module);
    return !(
      fileSystems.has(name) ||
      existsSync(join(places.sysfs, "module", name)) ||
      listed.some((list) => list.has(name))
    );
  });
}
