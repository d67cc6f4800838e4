import { readModuleIndex } from "./module-index.ts";

/** A pattern that depmod(8) found in a module, and the module: whoever's alias matches is served by it. */
export interface ModuleAlias {
  /** As of fnmatch(3), with underscores for dashes: `pci:v00001AF4d*sv*sd*bc*sc*i*`, `fs_ext4`. */
  readonly pattern: string;
  readonly module: string;
}

/** A module's name as the kernel has it: in files a dash is as good as an underscore (modprobe(8)). */
export function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}

/**
 * An alias, or a pattern of some, as kmod compares them: with underscores for dashes, but for those in brackets
 * (`underscores()` of `libkmod/libkmod-config.c`).
 */
export function aliasName(alias: string): string {
  return alias.replaceAll(/\[[^\]]*\]|-/g, (part) => (part === "-" ? "_" : part));
}

/** The module that a file holds, packed or not: `kernel/drivers/md/dm-crypt.ko.xz`; `undefined` if it holds none. */
export function moduleOfFile(path: string): string | undefined {
  const name = /(?:^|\/)([^/]+)\.ko(?:\.(?:gz|xz|zst))?$/.exec(path)?.[1];
  return name === undefined ? undefined : moduleName(name);
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim());
}

/** The modules of a list of their files: `modules.builtin`, `modules.order` (Linux's `Documentation/kbuild/kbuild.rst`). */
export function parseModuleList(text: string): string[] {
  return linesOf(text).flatMap((line) => moduleOfFile(line) ?? []);
}

/** The lines `alias PATTERN MODULE` of `modules.alias` (modprobe.d(5)). */
export function parseModuleAliases(text: string): ModuleAlias[] {
  return linesOf(text).flatMap((line) => {
    const [keyword, pattern, module] = line.split(/\s+/);
    return keyword === "alias" && pattern !== undefined && module !== undefined
      ? [{ pattern: aliasName(pattern), module: moduleName(module) }]
      : [];
  });
}

/** The modules that `modules.builtin.bin` lists. @throws Error for what is no index. */
export function readBuiltinIndex(bytes: Uint8Array): string[] {
  return readModuleIndex(bytes).map(({ key }) => moduleName(key));
}

/** The aliases that `modules.alias.bin` or `modules.builtin.alias.bin` lists. @throws Error for what is no index. */
export function readAliasIndex(bytes: Uint8Array): ModuleAlias[] {
  return readModuleIndex(bytes).flatMap(({ key, values }) =>
    values.map((module) => ({ pattern: aliasName(key), module: moduleName(module) })),
  );
}
