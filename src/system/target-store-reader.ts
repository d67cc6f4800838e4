import { readFile, stat } from "node:fs/promises";
import type { ReadLimits, StoreEntry, StoreReader } from "../store/store-reader.ts";
import { resolveInRoot } from "./root-path.ts";

/** Reads the store of a target that is mounted: links lead where they would in the installed system. */
export class TargetStoreReader implements StoreReader {
  readonly #root: string;

  /** @param root Where the target is mounted. */
  constructor(root: string) {
    this.#root = root;
  }

  async stat(path: string): Promise<StoreEntry | undefined> {
    const status = await stat(await resolveInRoot(this.#root, path)).catch(() => undefined);
    if (status?.isDirectory() === true) return { type: "directory" };
    if (status?.isFile() !== true) return undefined;
    return { type: "file", size: status.size, executable: (status.mode & 0o100) !== 0 };
  }

  async readFile(path: string, { size }: ReadLimits): Promise<Buffer | undefined> {
    const entry = await this.stat(path);
    if (entry?.type !== "file" || entry.size > size) return undefined;
    return readFile(await resolveInRoot(this.#root, path));
  }
}
