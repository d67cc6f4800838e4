import type { NarSink } from "../../nix/nar-sink.ts";
import type { StoreStreamReader } from "../../store/store-reader.ts";
import type { InitrdKnowledge } from "../system-info.ts";
import { InitrdReader } from "./initrd-reader.ts";

/** The sink of a NAR that is, or holds, one initrd. */
class InitrdSink implements NarSink {
  readonly reader = new InitrdReader();
  #files = 0;

  /** How many files there were. */
  get files(): number {
    return this.#files;
  }

  startFile(): void {
    this.#files += 1;
  }

  fileData(chunk: Uint8Array): void {
    if (this.#files === 1) this.reader.write(chunk);
  }

  startDirectory(): void {}
  endDirectory(): void {}
  endFile(): void {}
  symlink(): void {}
}

/**
 * What the initrd of a system is, read as a stream from wherever its store is.
 *
 * @param path The file, as `boot.json` or the toplevel's link `initrd` names it: `/nix/store/…-initrd-linux-6.12/initrd`.
 * @throws {InstallerError} what the reader throws: an initrd that cannot be had, or is not what was signed.
 */
export async function readInitrd(store: StoreStreamReader, path: string): Promise<InitrdKnowledge> {
  const sinks: InitrdSink[] = [];
  try {
    const isThere = await store.visit(path, () => {
      const sink = new InitrdSink();
      sinks.push(sink);
      return sink;
    });
    const sink = sinks.at(-1);
    if (!isThere || sink === undefined) return { unreadable: `there is no ${path}` };
    if (sink.files !== 1) return { unreadable: `${path} is no file` };
    // An initrd that is damaged or odd is read to its end all the same: it is compared with its hash there.
    return sink.reader.end();
  } finally {
    for (const { reader } of sinks) reader.close();
  }
}
