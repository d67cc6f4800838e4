import type { NarSink } from "./nar-sink.ts";

/** What a path within a NAR leads to. */
export type NarEntry =
  | { readonly type: "file" /** Bytes. */; readonly size: number; readonly executable: boolean }
  | { readonly type: "directory" }
  /** The path, or its first `depth` components, is a symbolic link. */
  | { readonly type: "symlink"; readonly target: string; readonly depth: number };

/** What happens to the node that a {@link NarSubtreeSink} looks for. */
export interface SubtreeListener {
  /**
   * Is told of it, before anything of it is passed on. For a link nothing is passed on.
   *
   * @returns Where it goes; its root then has an empty name.
   */
  readonly onFound: (entry: NarEntry) => NarSink | undefined;
}

/** Picks one node of a NAR, by its path, out of a stream, and lets the rest pass by. */
export class NarSubtreeSink implements NarSink {
  readonly #components: readonly string[];
  readonly #listener: SubtreeListener;
  /** Components of the directories that are open and lead to the node. */
  #matched = 0;
  /** Directories that are open and do not, or are inside the node. */
  #inside = 0;
  #target: NarSink | undefined;
  #isRoot = true;

  /** @param components Of the node's path; none for the whole NAR. */
  constructor(components: readonly string[], listener: SubtreeListener) {
    this.#components = components;
    this.#listener = listener;
  }

  startDirectory(name: Buffer): void {
    if (this.#target !== undefined) {
      this.#inside++;
      this.#target.startDirectory(name);
      return;
    }
    const depth = this.#depthOf(name);
    if (depth === undefined) {
      this.#inside++;
    } else if (depth < this.#components.length) {
      this.#matched = depth;
      this.#isRoot = false;
    } else {
      this.#isRoot = false;
      this.#inside++;
      this.#target = this.#listener.onFound({ type: "directory" });
      this.#target?.startDirectory(Buffer.alloc(0));
    }
  }

  endDirectory(): void {
    this.#target?.endDirectory();
    if (this.#inside === 0) {
      this.#matched--;
      return;
    }
    this.#inside--;
    if (this.#inside === 0) this.#target = undefined;
  }

  startFile(name: Buffer, size: number, executable: boolean): void {
    if (this.#target !== undefined) {
      this.#target.startFile(name, size, executable);
      return;
    }
    if (this.#depthOf(name) !== this.#components.length) return;
    this.#target = this.#listener.onFound({ type: "file", size, executable });
    this.#target?.startFile(Buffer.alloc(0), size, executable);
  }

  fileData(chunk: Uint8Array): void {
    this.#target?.fileData(chunk);
  }

  endFile(): void {
    this.#target?.endFile();
    if (this.#inside === 0) this.#target = undefined;
  }

  symlink(name: Buffer, target: Buffer): void {
    if (this.#target !== undefined) {
      this.#target.symlink(name, target);
      return;
    }
    const depth = this.#depthOf(name);
    if (depth === undefined) return;
    this.#listener.onFound({ type: "symlink", target: target.toString(), depth });
  }

  /** How many components an entry matches when it is on the way to the node; `undefined` when it is not. */
  #depthOf(name: Buffer): number | undefined {
    if (this.#inside > 0) return undefined;
    if (this.#isRoot && name.length === 0) return 0;
    const wanted = this.#components[this.#matched];
    return wanted !== undefined && name.equals(Buffer.from(wanted)) ? this.#matched + 1 : undefined;
  }
}
