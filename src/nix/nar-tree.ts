import type { NarSink } from "./nar-sink.ts";

/** A node of a NAR in memory. Names are taken for UTF-8. */
export type NarNode =
  | { readonly type: "file"; readonly contents: Buffer; readonly executable: boolean }
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "directory"; readonly entries: ReadonlyMap<string, NarNode> };

/** Keeps a whole tree in memory: for NARs that are known to be small. */
export class NarTreeSink implements NarSink {
  readonly #open: { readonly name: string; readonly entries: Map<string, NarNode> }[] = [];
  #file: { readonly name: string; readonly contents: Buffer; readonly executable: boolean } = {
    name: "",
    contents: Buffer.alloc(0),
    executable: false,
  };
  #filled = 0;
  #root: NarNode | undefined;

  /** The root, once all of it has come. */
  get root(): NarNode | undefined {
    return this.#root;
  }

  startDirectory(name: Buffer): void {
    this.#open.push({ name: name.toString(), entries: new Map() });
  }

  endDirectory(): void {
    const directory = this.#open.pop();
    if (directory === undefined) return;
    this.#add(directory.name, { type: "directory", entries: directory.entries });
  }

  startFile(name: Buffer, size: number, executable: boolean): void {
    this.#file = { name: name.toString(), contents: Buffer.alloc(size), executable };
    this.#filled = 0;
  }

  fileData(chunk: Uint8Array): void {
    this.#file.contents.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  endFile(): void {
    const { name, contents, executable } = this.#file;
    this.#add(name, { type: "file", contents, executable });
  }

  symlink(name: Buffer, target: Buffer): void {
    this.#add(name.toString(), { type: "symlink", target: target.toString() });
  }

  #add(name: string, node: NarNode): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = node;
    else parent.entries.set(name, node);
  }
}

/** Hands a tree that is in memory to a sink. */
export function emitNarNode(node: NarNode, sink: NarSink, name: Buffer = Buffer.alloc(0)): void {
  if (node.type === "symlink") {
    sink.symlink(name, Buffer.from(node.target));
  } else if (node.type === "file") {
    sink.startFile(name, node.contents.length, node.executable);
    if (node.contents.length > 0) sink.fileData(node.contents);
    sink.endFile();
  } else {
    sink.startDirectory(name);
    for (const [child, entry] of node.entries) emitNarNode(entry, sink, Buffer.from(child));
    sink.endDirectory();
  }
}
