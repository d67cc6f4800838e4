import { aliasName } from "../../../system-info/initrd/modules.ts";
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

/**
 * Whether an alias that a device asks for fits a pattern.
 *
 * @param pattern As of fnmatch(3), with underscores for dashes, as {@link InitrdInfo} has it.
 */
export function matchesAlias(pattern: string, alias: string): boolean {
  // Most patterns are of other buses, and told by how they begin.
  const literal = /^[^*?[]*/.exec(pattern)?.[0] ?? "";
  const name = aliasName(alias);
  return name.startsWith(literal) && toRegExp(pattern).test(name);
}

/** What the kernel can have in the initrd: modules that are there, or built in. */
export class ModuleOffer {
  readonly #aliases: InitrdInfo["aliases"];
  readonly #names: ReadonlySet<string>;
  /** Whether a module that is not here is not there for certain: what is built in is known, too. */
  readonly hasAllNames: boolean;
  /** Whether a device that nothing here serves is not served for certain. */
  readonly hasAllAliases: boolean;

  constructor({ modules, builtinModules, aliases }: InitrdInfo) {
    this.#aliases = aliases;
    this.#names = new Set([...modules, ...builtinModules]);
    this.hasAllNames = builtinModules.length > 0;
    this.hasAllAliases = this.hasAllNames && (aliases.length > 0 || modules.length === 0);
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
