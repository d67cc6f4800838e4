import { posix } from "node:path";
import type { NarSink } from "../nix/nar-sink.ts";
import { type NarEntry, NarSubtreeSink } from "../nix/nar-subtree-sink.ts";
import { emitNarNode, type NarNode, NarTreeSink } from "../nix/nar-tree.ts";
import { storeDirectory } from "../nix/store-path.ts";
import type { ReadLimits, StoreEntry, StoreStreamReader } from "../store/store-reader.ts";
import { MiB } from "../values/size.ts";
import type { Closure, ClosurePath } from "./closure.ts";
import type { CopiedPath } from "./nix-store/copied-path.ts";

/** Bytes up to which a NAR is kept in memory whole, and is not asked for again. */
const wholeNar = MiB;
/** Bytes of NARs that are kept in memory together. */
const keptNars = 8 * MiB;
/** As many links as the kernel follows before it says ELOOP, see path_resolution(7). */
const maximumLinks = 40;

/** Ends a transfer of which nothing more is wanted. */
class EnoughRead extends Error {}

/** Hands the NAR of a path to a sink, in one attempt or more, and checks it; what the sink throws comes through. */
export type NarSource = (path: ClosurePath | CopiedPath, makeSink: () => NarSink) => Promise<void>;

/** A path within a path of the closure. */
interface Place {
  readonly path: ClosurePath | CopiedPath;
  readonly components: readonly string[];
}

/** Says where a node goes that was found: `undefined` when it is enough to know that it is there. */
type Take = (entry: StoreEntry) => NarSink | undefined;

/**
 * Reads files of a closure that is on no disk yet, from the caches. Only NARs that are needed are fetched: small ones whole,
 * and kept; of large ones what is asked for is picked out of the stream, and no more of them is ever in memory.
 *
 * What is read to its end is compared with size and hash of its narinfo; {@link stat} stops where the size of a file in a
 * large NAR is told, and nothing but room should follow from it.
 */
export class ClosureReader implements StoreStreamReader {
  readonly #paths: ReadonlyMap<string, ClosurePath | CopiedPath>;
  readonly #source: NarSource;
  readonly #trees = new Map<string, Promise<NarNode>>();
  /** What is known of nodes of large NARs, by their path. */
  readonly #entries = new Map<string, NarEntry>();

  constructor({ paths, copies = [] }: Pick<Closure, "paths" | "copies">, source: NarSource) {
    this.#paths = new Map([...paths, ...copies].map((path) => [path.storePath, path]));
    this.#source = source;
  }

  stat(path: string): Promise<StoreEntry | undefined> {
    return this.#follow(path, () => undefined);
  }

  async readFile(path: string, { size, narSize }: ReadLimits): Promise<Buffer | undefined> {
    let tree: NarTreeSink | undefined;
    const take = (entry: StoreEntry) => {
      tree = entry.type === "file" && entry.size <= size ? new NarTreeSink() : undefined;
      return tree;
    };
    await this.#follow(path, take, narSize);
    const node = tree?.root;
    return node?.type === "file" ? node.contents : undefined;
  }

  async visit(path: string, makeSink: () => NarSink): Promise<boolean> {
    return (await this.#follow(path, makeSink)) !== undefined;
  }

  /**
   * Follows links until there are no more.
   *
   * @param largest Bytes that a NAR which is looked into may have.
   */
  async #follow(
    path: string,
    take: Take,
    largest = Number.POSITIVE_INFINITY,
  ): Promise<StoreEntry | undefined> {
    let current = posix.normalize(path);
    for (let links = 0; links <= maximumLinks; links++) {
      const place = this.#place(current);
      if (place === undefined || place.path.narSize > largest) return undefined;
      const isSmall = place.path.narSize <= wholeNar;
      const entry = isSmall ? await this.#fromTree(place, take) : await this.#stream(place, take);
      if (entry?.type !== "symlink") return entry;
      const { storePath } = place.path;
      const link = posix.join(storePath, ...place.components.slice(0, entry.depth));
      const target = posix.resolve(posix.dirname(link), entry.target);
      current = posix.join(target, ...place.components.slice(entry.depth));
    }
    return undefined;
  }

  /** The path of the closure that a path lies in, and the rest; `undefined` outside of the closure. */
  #place(path: string): Place | undefined {
    if (!path.startsWith(`${storeDirectory}/`)) return undefined;
    const [baseName = "", ...components] = path
      .slice(storeDirectory.length + 1)
      .split("/")
      .filter((component) => component !== "");
    const closurePath = this.#paths.get(`${storeDirectory}/${baseName}`);
    return closurePath === undefined ? undefined : { path: closurePath, components };
  }

  async #fromTree({ path, components }: Place, take: Take): Promise<NarEntry | undefined> {
    const root = await this.#tree(path);
    const entry = entryAt(root, components);
    const sink = entry === undefined || entry.type === "symlink" ? undefined : take(entry);
    const node = sink === undefined ? undefined : nodeAt(root, components);
    if (sink !== undefined && node !== undefined) emitNarNode(node, sink);
    return entry;
  }

  /** Reads a large NAR: to its end if something of it is taken, else only to where it says what a node is. */
  async #stream({ path, components }: Place, take: Take): Promise<NarEntry | undefined> {
    const key = [path.storePath, ...components].join("/");
    const known = this.#entries.get(key);
    if (known !== undefined && (known.type === "symlink" || take(known) === undefined)) {
      return known;
    }
    let found: NarEntry | undefined;
    const onFound = (entry: NarEntry) => {
      found = entry;
      this.#entries.set(key, entry);
      const sink = entry.type === "symlink" ? undefined : take(entry);
      if (sink === undefined) throw new EnoughRead();
      return sink;
    };
    try {
      await this.#source(path, () => new NarSubtreeSink(components, { onFound }));
    } catch (error) {
      if (!(error instanceof EnoughRead)) throw error;
    }
    return found;
  }

  /** The whole of a small NAR. */
  #tree(path: Place["path"]): Promise<NarNode> {
    const { storePath } = path;
    const known = this.#trees.get(storePath);
    if (known !== undefined) return known;
    const fetched = this.#fetchTree(path);
    this.#trees.set(storePath, fetched);
    this.#forget();
    return fetched;
  }

  async #fetchTree(path: Place["path"]): Promise<NarNode> {
    let tree = new NarTreeSink();
    const makeSink = () => {
      tree = new NarTreeSink();
      return tree;
    };
    await this.#source(path, makeSink);
    if (tree.root === undefined) throw new Error(`the NAR of ${path.storePath} has no root`);
    return tree.root;
  }

  /** Forgets the oldest trees when there are too many. */
  #forget(): void {
    const sizes = [...this.#trees.keys()].map((name) => this.#paths.get(name)?.narSize ?? 0);
    let total = sizes.reduce((sum, size) => sum + size, 0);
    for (const [index, name] of [...this.#trees.keys()].entries()) {
      if (total <= keptNars) return;
      this.#trees.delete(name);
      total -= sizes[index] ?? 0;
    }
  }
}

/** What a path within a tree leads to, up to the first link. */
function entryAt(root: NarNode, components: readonly string[]): NarEntry | undefined {
  let node: NarNode | undefined = root;
  for (let depth = 0; ; depth++) {
    if (node === undefined) return undefined;
    if (node.type === "symlink") return { type: "symlink", target: node.target, depth };
    const name = components[depth];
    if (name === undefined) break;
    if (node.type === "file") return undefined;
    node = node.entries.get(name);
  }
  if (node.type === "directory") return { type: "directory" };
  return { type: "file", size: node.contents.length, executable: node.executable };
}

/** The node at a path without links. */
function nodeAt(root: NarNode, components: readonly string[]): NarNode | undefined {
  let node: NarNode | undefined = root;
  for (const name of components) {
    node = node?.type === "directory" ? node.entries.get(name) : undefined;
  }
  return node;
}
