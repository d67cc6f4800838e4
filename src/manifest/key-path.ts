/** The way to a value of a TOML document: keys of tables, and indices of arrays, which count from 0. */
export type KeyPath = readonly (string | number)[];

function formatKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

/**
 * A path the way TOML writes dotted keys, with indices in brackets.
 *
 * @example
 * ```ts
 * formatKeyPath(["disk", "main", "partition", 1, "size"]); // disk.main.partition[1].size
 * formatKeyPath(["filesystem", "/boot", "type"]); // filesystem."/boot".type
 * ```
 */
export function formatKeyPath(path: KeyPath): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      return index === 0 ? formatKey(part) : `.${formatKey(part)}`;
    })
    .join("");
}

/** Reads what {@link formatKeyPath} writes; `undefined` for any other text. */
export function parseKeyPath(text: string): KeyPath | undefined {
  const part = /\.?(?<bare>[A-Za-z0-9_-]+)|\.?(?<quoted>"(?:[^"\\]|\\.)*")|\[(?<index>\d+)\]/y;
  const path: (string | number)[] = [];
  while (part.lastIndex < text.length) {
    const groups = part.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const { bare, quoted, index } = groups;
    if (index !== undefined) path.push(Number(index));
    else path.push(quoted === undefined ? String(bare) : String(JSON.parse(quoted)));
  }
  return path;
}
