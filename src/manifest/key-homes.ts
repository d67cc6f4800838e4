import { storageKinds } from "../disk/objects/index.ts";
import { manifestSchema } from "./schema.ts";
import { anyName, keysOf } from "./schema-keys.ts";

/** The most tables that are named: what more of them have is rather a common word than a key in the wrong place. */
const mostHomes = 2;

/** The header of the tables at a path of {@link keysOf}: `[[disk.NAME.partition]]`. */
function headerOf(path: readonly string[]): string {
  const [table = "", , key] = path;
  const name = table === "filesystem" ? '"/MOUNT/POINT"' : "NAME";
  const header = path.map((part) => (part === anyName ? name : part)).join(".");
  const isOneOfSeveral = path.length === 3 && storageKinds[table]?.parts?.key === key;
  return isOneOfSeveral ? `[[${header}]]` : `[${header}]`;
}

/** The tables that have a key, by their headers, where they are few. */
export function homesOf(key: string): readonly string[] {
  const paths = [...keysOf(manifestSchema)].map((path) => path.split("."));
  const homes = paths.filter((path) => path.length > 1 && path.at(-1) === key);
  const headers = [...new Set(homes.map((path) => headerOf(path.slice(0, -1))))];
  return headers.length <= mostHomes ? headers : [];
}
