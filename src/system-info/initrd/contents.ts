import { posix } from "node:path";
import type { CpioEntry, CpioSink } from "./cpio.ts";
import { moduleOfFile } from "./modules.ts";

/** The lists of depmod(8) that say what a kernel has; those of a whole kernel have some 2 MB. */
const moduleLists = new Set([
  "modules.alias",
  "modules.alias.bin",
  "modules.builtin",
  "modules.builtin.alias.bin",
  "modules.builtin.bin",
]);
const longestModuleList = 16 * 1024 ** 2;

/** Texts, at their own places or where links of NixOS lead: a store path that is a file itself. */
const text =
  /^(?:init|etc\/[^/]+|etc\/mdadm\/mdadm\.conf|etc\/systemd\/system\.conf|nix\/store\/[^/]+|.+\.mount)$/;
const longestText = 1024 ** 2;

/** What is kept of an initrd altogether, in bytes. */
const mostKept = 64 * 1024 ** 2;

/** How many links are followed, as the kernel does (path_resolution(7)). */
const mostLinks = 40;

/** What there is to know of an initrd: names, and the contents of few and small files. */
export class InitrdContents implements CpioSink {
  /** Names of the kernel modules, as the kernel has them. */
  readonly modules = new Set<string>();
  readonly #files = new Map<string, Uint8Array>();
  readonly #links = new Map<string, string>();
  readonly #programs = new Set<string>();
  #kept = 0;

  wants(entry: CpioEntry): boolean {
    if (entry.type === "symlink") return true;
    if (entry.type !== "file") return false;
    const module = /(?:^|\/)lib\/modules\//.test(entry.path) ? moduleOfFile(entry.path) : undefined;
    if (module !== undefined) this.modules.add(module);
    this.#noteProgram(entry.path);
    const isList = moduleLists.has(posix.basename(entry.path));
    return (
      (isList && entry.size <= longestModuleList) ||
      (text.test(entry.path) && entry.size <= longestText)
    );
  }

  content(entry: CpioEntry, bytes: Uint8Array): void {
    this.#kept += bytes.length + entry.path.length;
    if (this.#kept > mostKept) throw new Error("its lists and links are larger than 64 MiB");
    if (entry.type === "symlink") {
      this.#links.set(entry.path, Buffer.from(bytes).toString("utf8"));
      this.#noteProgram(entry.path);
    } else {
      this.#files.set(entry.path, bytes.slice());
    }
  }

  /** Whether some `bin` or `sbin` has a program of that name. */
  hasProgram(name: string): boolean {
    return this.#programs.has(name);
  }

  /** The bytes of a file, through links; `undefined` where there is none, or none that was kept. */
  file(path: string): Uint8Array | undefined {
    const resolved = this.resolve(path);
    return resolved === undefined ? undefined : this.#files.get(resolved);
  }

  /** The text of a file, as {@link file}. */
  text(path: string): string | undefined {
    const bytes = this.file(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
  }

  /** All files that were kept under a name, wherever they lie, by path. */
  filesNamed(name: string): Uint8Array[] {
    return [...this.#files]
      .filter(([path]) => posix.basename(path) === name)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, bytes]) => bytes);
  }

  /** The texts of the units that mount something (systemd.mount(5)), wherever they lie. */
  mountUnits(): string[] {
    return [...this.#files]
      .filter(([path]) => path.endsWith(".mount"))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, bytes]) => Buffer.from(bytes).toString("utf8"));
  }

  /** Where a path leads through links, whether or not there is something; `undefined` where they run in circles. */
  resolve(path: string): string | undefined {
    let pending = path.split("/").filter((part) => part !== "");
    let done: string[] = [];
    for (let links = 0; pending.length > 0; ) {
      const [part = "", ...rest] = pending;
      pending = rest;
      if (part === ".") continue;
      if (part === "..") {
        done.pop();
        continue;
      }
      const target = this.#links.get([...done, part].join("/"));
      if (target === undefined) {
        done.push(part);
        continue;
      }
      links += 1;
      if (links > mostLinks) return undefined;
      if (target.startsWith("/")) done = [];
      pending = [...target.split("/").filter((each) => each !== ""), ...pending];
    }
    return done.join("/");
  }

  /** Programs are told by where they lie: `nix/store/…-extra-utils/bin/lvm`, `bin/lvm`. */
  #noteProgram(path: string): void {
    const name = /(?:^|\/)s?bin\/([^/]+)$/.exec(path)?.[1];
    if (name !== undefined) this.#programs.add(name);
  }
}
