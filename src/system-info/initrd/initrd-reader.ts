import type { InitrdInfo, InitrdKnowledge } from "../system-info.ts";
import { InitrdArchives } from "./archives.ts";
import { InitrdContents } from "./contents.ts";
import { luksDevicesOfCrypttab, luksDevicesOfScript } from "./luks-devices.ts";
import {
  type ModuleAlias,
  parseModuleAliases,
  parseModuleList,
  readAliasIndex,
  readBuiltinIndex,
} from "./modules.ts";
import { mountsOfScript, mountsOfSystemd } from "./mounts.ts";

/**
 * Learns what an initrd is from its bytes as they come; keeps names and few small files of it. Nothing in it is trusted:
 * what is damaged, endless or odd comes out as `unreadable`, in words, and throws nothing.
 *
 * What is written must not be memory of a decoder that has more to be read from it: what unpacks the initrd uses the memory
 * of all decoders of the thread. To be closed in the end.
 */
export class InitrdReader {
  readonly #contents = new InitrdContents();
  readonly #archives = new InitrdArchives(this.#contents);
  #problem: string | undefined;

  write(chunk: Uint8Array): void {
    this.#attempt(() => this.#archives.write(chunk));
  }

  /** The initrd has ended: what it is. */
  end(): InitrdKnowledge {
    this.#attempt(() => this.#archives.end());
    let knowledge: InitrdKnowledge | undefined;
    this.#attempt(() => {
      knowledge = describe(this.#contents);
    });
    return knowledge ?? { unreadable: this.#problem ?? "nobody knows why" };
  }

  close(): void {
    this.#archives.close();
  }

  #attempt(work: () => void): void {
    if (this.#problem !== undefined) return;
    try {
      work();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      this.#archives.close();
    }
  }
}

/** @throws Error where it is no initrd of NixOS. */
function describe(contents: InitrdContents): InitrdInfo {
  const kind = kindOf(contents);
  const luksDevices = luksDevicesOf(kind, contents);
  const mounts = kind === "systemd" ? mountsOfSystemd(contents) : mountsOfScript(contents);
  const mdadmConfig = contents.text("etc/mdadm.conf") ?? contents.text("etc/mdadm/mdadm.conf");
  return {
    kind,
    modules: [...contents.modules].toSorted(),
    builtinModules: builtinModules(contents),
    aliases: aliases(contents),
    ...(luksDevices === undefined ? {} : { luksDevices }),
    ...(mounts === undefined ? {} : { mounts }),
    ...(mdadmConfig === undefined ? {} : { mdadmConfig }),
    hasMdadm: contents.hasProgram("mdadm"),
    hasLvm: contents.hasProgram("lvm"),
  };
}

/** What `/init` is: a script, or a link to systemd (nixpkgs, `stage-1.nix` and `systemd/initrd.nix`). */
function kindOf(contents: InitrdContents): InitrdInfo["kind"] {
  const init = contents.resolve("init");
  if (contents.text("init")?.startsWith("#!") === true) return "script";
  if (init !== undefined && /(?:^|\/)systemd$/.test(init)) return "systemd";
  throw new Error("its /init is neither a script nor systemd");
}

/** The devices it opens; `undefined` where nobody can tell from the script of somebody else. */
function luksDevicesOf(kind: InitrdInfo["kind"], contents: InitrdContents) {
  if (kind === "systemd") return luksDevicesOfCrypttab(contents.text("etc/crypttab") ?? "");
  const script = contents.text("init") ?? "";
  return script.includes("NixOS Stage 1") ? luksDevicesOfScript(script) : undefined;
}

/** Without those that its lists do not name: they are all that can be known. */
function builtinModules(contents: InitrdContents): string[] {
  const lists = contents.filesNamed("modules.builtin").map(decode).flatMap(parseModuleList);
  const indexes = contents.filesNamed("modules.builtin.bin").flatMap(readBuiltinIndex);
  return [...new Set([...lists, ...indexes])].toSorted();
}

function aliases(contents: InitrdContents): ModuleAlias[] {
  const lists = contents.filesNamed("modules.alias").map(decode);
  return [
    ...(lists.length > 0
      ? lists.flatMap(parseModuleAliases)
      : contents.filesNamed("modules.alias.bin").flatMap(readAliasIndex)),
    ...contents.filesNamed("modules.builtin.alias.bin").flatMap(readAliasIndex),
  ];
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
