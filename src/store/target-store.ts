import { Database } from "bun:sqlite";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClosurePath } from "../cache/closure.ts";
import { errorMessage, InstallerError } from "../errors.ts";
import { formatHash, formatHashBase16, parseHash } from "../nix/hash.ts";
import { makeTargetStore } from "./target-layout.ts";
import { schema, schemaVersion } from "./target-schema.ts";

/** Bytes that Nix keeps on disk so that it can still collect garbage when the disk is full. */
const reservedSize = 8 * 2 ** 20;

/**
 * Makes store paths, whose contents are already on the disk, valid in the Nix store below `root`, all of them or
 * none. A path that is valid already gets what changes about a path: its signatures.
 *
 * @param paths Whatever they refer to is among them or valid already.
 * @param registrationTime Seconds since the epoch.
 * @throws {InstallerError} with reason `disk` if the database cannot be written or is of another version; `bug` if a
 * path refers to one that is not there.
 */
export function registerPaths(
  root: string,
  paths: readonly ClosurePath[],
  registrationTime: number,
): void {
  makeTargetStore(root);
  withDatabase(root, (database) => {
    database.run(schema);
    database.run("pragma foreign_keys = on");
    const register = database.transaction(() => {
      insertPaths(database, paths, registrationTime);
      insertReferences(database, paths);
    });
    register();
  });
  writeCompanions(databaseDirectory(root));
}

/**
 * The valid paths of the Nix store below `root`, each with its NAR hash as a {@link ClosurePath} has it; none if there is
 * no store yet.
 */
export function validPaths(root: string): Map<string, string> {
  if (!existsSync(databaseFile(root))) return new Map();
  return withDatabase(root, (database) => {
    using select = database.query<{ path: string; hash: string }, []>(
      "select path, hash from ValidPaths",
    );
    return new Map(select.all().map(({ path, hash }) => [path, formatHash(parseHash(hash))]));
  });
}

function databaseDirectory(root: string): string {
  return join(root, "nix/var/nix/db");
}

function databaseFile(root: string): string {
  return join(databaseDirectory(root), "db.sqlite");
}

function withDatabase<T>(root: string, use: (database: Database) => T): T {
  const file = databaseFile(root);
  checkVersion(join(databaseDirectory(root), "schema"));
  try {
    using database = new Database(file, { create: true, readwrite: true, strict: true });
    return use(database);
  } catch (error) {
    if (error instanceof InstallerError) throw error;
    throw new InstallerError("disk", `${file}: ${errorMessage(error)}`, {
      cause: error,
      object: file,
    });
  }
}

function checkVersion(file: string): void {
  const version = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (version === "" || version === String(schemaVersion)) return;
  throw new InstallerError(
    "disk",
    `${file} says that the store's database has version ${version}`,
    {
      object: file,
      hint: `Only version ${schemaVersion} can be written; empty the file system or bring the store up to date with its own Nix.`,
    },
  );
}

/** `addValidPath` and `updatePathInfo` of Nix: an absent value is null. */
function insertPaths(
  database: Database,
  paths: readonly ClosurePath[],
  registrationTime: number,
): void {
  using insert = database.query<void, Record<string, string | number | null>>(`
    insert into ValidPaths (path, hash, registrationTime, deriver, narSize, sigs, ca)
    values ($path, $hash, $registrationTime, $deriver, $narSize, $sigs, $ca)
    on conflict (path) do update set
      hash = excluded.hash, narSize = excluded.narSize, sigs = excluded.sigs, ca = excluded.ca
  `);
  for (const path of paths) {
    insert.run({
      path: path.storePath,
      hash: formatHashBase16(parseHash(path.narHash)),
      registrationTime,
      deriver: path.deriver ?? null,
      narSize: path.narSize,
      sigs: path.signatures.length === 0 ? null : path.signatures.toSorted().join(" "),
      ca: path.contentAddress ?? null,
    });
  }
}

function insertReferences(database: Database, paths: readonly ClosurePath[]): void {
  const ids = pathIds(database);
  using insert = database.query<void, [number, number]>(
    "insert or replace into Refs (referrer, reference) values (?, ?)",
  );
  for (const { storePath, references } of paths) {
    const referrer = idOf(ids, storePath, storePath);
    for (const reference of references) insert.run(referrer, idOf(ids, reference, storePath));
  }
}

function idOf(ids: ReadonlyMap<string, number>, storePath: string, referrer: string): number {
  const id = ids.get(storePath);
  if (id !== undefined) return id;
  throw new InstallerError("bug", `${referrer} refers to ${storePath}, which is not registered`);
}

function pathIds(database: Database): Map<string, number> {
  using select = database.query<{ id: number; path: string }, []>(
    "select id, path from ValidPaths",
  );
  return new Map(select.all().map(({ id, path }) => [path, id]));
}

/** The files that Nix makes beside its database. */
function writeCompanions(directory: string): void {
  const reserved = join(directory, "reserved");
  if (!existsSync(reserved)) writeFileSync(reserved, Buffer.alloc(reservedSize), { mode: 0o600 });
  const lock = join(directory, "big-lock");
  if (!existsSync(lock)) writeFileSync(lock, "", { mode: 0o600 });
  writeFileSync(join(directory, "schema"), String(schemaVersion), { mode: 0o644 });
}
