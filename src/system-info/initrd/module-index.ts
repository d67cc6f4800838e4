/** `INDEX_MAGIC` and the major number of `INDEX_VERSION`. */
const indexMagic = 0xb007_f457;
const indexMajorVersion = 2;

/** The flags in the offset of a node say which fields it has; the rest is where it lies. */
const hasPrefix = 0x8000_0000;
const hasValues = 0x4000_0000;
const hasChildren = 0x2000_0000;
const offsetMask = 0x0fff_ffff;

/** The longest key, and the most nodes: those of whole kernels have a tenth of it, and an index may be wrong. */
const longestKey = 4096;
const mostNodes = 500_000;

/** What an index has under one key. */
interface IndexEntry {
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * Reads an index that depmod(8) writes beside its lists: `modules.builtin.bin`, `modules.alias.bin`. It is a tree of
 * prefixes in big-endian numbers (kmod's `libkmod/libkmod-index.c`), or nothing at all where depmod had nothing to read.
 * NixOS keeps no `modules.builtin` in its initrd, but this.
 *
 * @throws Error for what is no such index.
 */
export function readModuleIndex(bytes: Uint8Array): IndexEntry[] {
  if (bytes.length === 0) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (
    bytes.length < 12 ||
    view.getUint32(0) !== indexMagic ||
    view.getUint16(4) !== indexMajorVersion
  ) {
    throw damaged();
  }
  const entries: IndexEntry[] = [];
  const seen = new Set<number>();
  const pending = [{ node: view.getUint32(8), key: "" }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next.node) || seen.size >= mostNodes) throw damaged();
    seen.add(next.node);
    const { key, values, children } = readWhole(view, next.node, next.key);
    if (values.length > 0) entries.push({ key, values });
    pending.push(...children);
  }
  return entries;
}

/** As {@link readNode}. @throws Error for a node that is not within the index. */
function readWhole(view: DataView, node: number, parentKey: string): Node {
  try {
    return readNode(view, node, parentKey);
  } catch (error) {
    // Of a DataView.
    throw error instanceof RangeError ? damaged() : error;
  }
}

interface Node {
  readonly key: string;
  readonly values: readonly string[];
  readonly children: readonly { readonly node: number; readonly key: string }[];
}

function readNode(view: DataView, node: number, parentKey: string): Node {
  let at = node & offsetMask;
  let key = parentKey;
  if (key.length > longestKey) throw damaged();
  if ((node & hasPrefix) !== 0) {
    const prefix = readText(view, at);
    key += prefix;
    at += prefix.length + 1;
  }
  const children: { node: number; key: string }[] = [];
  if ((node & hasChildren) !== 0) {
    const first = view.getUint8(at);
    const last = view.getUint8(at + 1);
    at += 2;
    for (let character = first; character <= last; character += 1) {
      const child = view.getUint32(at);
      at += 4;
      if (child !== 0) children.push({ node: child, key: key + String.fromCharCode(character) });
    }
  }
  const values: string[] = [];
  if ((node & hasValues) !== 0) {
    const count = view.getUint32(at);
    at += 4;
    for (let index = 0; index < count; index += 1) {
      // Before each value is its priority.
      const value = readText(view, at + 4);
      values.push(value);
      at += 4 + value.length + 1;
    }
  }
  return { key, values, children };
}

/** The bytes up to a NUL. @throws Error where there is none. */
function readText(view: DataView, start: number): string {
  let text = "";
  for (let at = start; at < view.byteLength && text.length <= longestKey; at += 1) {
    const byte = view.getUint8(at);
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
  throw damaged();
}

function damaged(): Error {
  return new Error("an index of its modules is damaged");
}
