import type { InitrdInfo } from "../../../system-info/system-info.ts";

/** A pattern of fnmatch(3), as depmod(8) writes them, as a regular expression. */
function toRegExp(pattern: string): RegExp {
  const source = pattern.replaceAll(/\[!?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 1) return part.replace("[!", "[^").replaceAll("\\", "\\\\");
    return part.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
  });
  return new RegExp(`^${source}$`, "s");
}

/** Whether an alias that a device asks for fits a pattern of fnmatch(3). */
export function matchesAlias(pattern: string, alias: string): boolean {
  // Most patterns are of other buses, and told by how they begin.
  const literal = /^[^*?[]*/.exec(pattern)?.[0] ?? "";
  return alias.startsWith(literal) && toRegExp(pattern).test(alias);
}

/** What the kernel can have in the initrd: modules that are there, or built in. */
export class ModuleOffer {
  readonly #aliases: InitrdInfo["aliases"];
  readonly #names: ReadonlySet<string>;
  /**
   * Whether what is not offered is not there for certain: the lists of what is built in, and of who serves which device,
   * could both be read.
   */
  readonly isComplete: boolean;

  constructor({ modules, builtinModules, aliases }: InitrdInfo) {
    this.#aliases = aliases;
    this.#names = new Set([...modules, ...builtinModules]);
    this.isComplete = builtinModules.length > 0 && (aliases.length > 0 || modules.length === 0);
  }

  /** Whether there is a module, by its name with underscores. */
  hasModule(name: string): boolean {
    return this.#names.has(name);
  }

  /** Whether some module serves who asks for this alias. */
  serves(alias: string): boolean {
    return this.#aliases.some(({ pattern }) => matchesAlias(pattern, alias));
  }

  /** Whether some module is, or serves, a part of the kernel's cryptography: `aes`, `xts`. Many have names of processors. */
  hasCipher(name: string): boolean {
    return (
      this.serves(`crypto-${name}`) ||
      [...this.#names].some((module) => module === name || module.startsWith(`${name}_`))
    );
  }
}
