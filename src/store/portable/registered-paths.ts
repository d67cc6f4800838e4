import { Database } from "bun:sqlite";
import { errorMessage, InstallerError } from "../../errors.ts";
import { parseRegistration } from "../../nix/registration.ts";
import { parseStorePath } from "../../nix/store-path.ts";
import type { UnpackedStore } from "./unpack.ts";

/** Names of the store paths that a registration text lists. @throws {FormatError} */
export function namesInRegistration(text: string): string[] {
  return parseRegistration(text).map(({ storePath }) => storePath.baseName);
}

/**
 * Names of the store paths that a database of Nix holds valid.
 *
 * @param path Of `db.sqlite`.
 * @throws {InstallerError} `integrity` when it is no such database.
 */
export function namesInDatabase(path: string): string[] {
  try {
    using database = new Database(path, { readwrite: true, strict: true });
    const rows = database.query<{ path: string }, []>("SELECT path FROM ValidPaths").all();
    return rows.map((row) => parseStorePath(row.path).baseName);
  } catch (cause) {
    throw new InstallerError(
      "integrity",
      `the database in the portable store's tarball is not usable: ${errorMessage(cause)}`,
      { cause, object: "portable-store.tarball" },
    );
  }
}

/**
 * Makes sure that what is registered is there and what is there is registered: Nix itself would believe either.
 *
 * @throws {InstallerError} `integrity` when not.
 */
export function compareNames(store: UnpackedStore, registered: readonly string[]): void {
  const present = new Set(store.names);
  const expected = new Set(registered);
  const missing = registered.filter((name) => !present.has(name));
  const extra = store.names.filter((name) => !expected.has(name));
  const problems = [
    ...missing.map((name) => `${name} is registered but missing`),
    ...extra.map((name) => `${name} is there but not registered`),
  ];
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length === 1 ? "" : ` (and ${problems.length - 1} more like it)`;
  throw new InstallerError(
    "integrity",
    `the tarball of the portable store contradicts itself: ${first}${others}`,
    { object: "portable-store.tarball", hint: "Make the tarball again, or download it again." },
  );
}
