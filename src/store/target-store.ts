import type { Database } from "bun:sqlite";
import type { ClosurePath } from "../cache/closure.ts";
import { InstallerError } from "../errors.ts";
import { formatHash, formatHashBase16, parseHash } from "../nix/hash.ts";
import { hasDatabase, withDatabase, writeCompanions } from "./target-database.ts";
import { makeTargetStore } from "./target-layout.ts";
import { schema } from "./target-schema.ts";

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
    database.run("pragma foreign_keys = on");
    const register = database.transaction(() => {
      database.run(schema);
      insertPaths(database, paths, registrationTime);
      insertReferences(database, paths);
    });
    register();
  });
  writeCompanions(root);
}

/**
 * The valid paths of the Nix store below `root`, each with its NAR hash as a {@link ClosurePath} has it; none if there is
 * no store yet.
 */
export function validPaths(root: string): Map<string, string> {
  if (!hasDatabase(root)) return new Map();
  return withDatabase(root, (database) => {
    if (!hasTable(database)) return new Map();
    using select = database.query<{ path: string; hash: string }, []>(
      "select path, hash from ValidPaths",
    );
    return new Map(select.all().map(({ path, hash }) => [path, formatHash(parseHash(hash))]));
  });
}

/** That one store path refers to another, by their names. */
export interface StoreReference {
  readonly referrer: string;
  readonly reference: string;
}

/**
 * Makes store paths not valid any more, whatever refers to them, so that Nix makes them anew.
 *
 * @returns The references from and to them, which are forgotten with them, for {@link addReferences}.
 * @throws {InstallerError} with reason `disk`.
 */
export function forgetPaths(root: string, storePaths: readonly string[]): StoreReference[] {
  return withDatabase(root, (database) => {
    database.run("pragma foreign_keys = off");
    const forget = database.transaction(() =>
      storePaths.flatMap((path) => forgetPath(database, path)),
    );
    return forget();
  });
}

function forgetPath(database: Database, storePath: string): StoreReference[] {
  using select = database.query<StoreReference, [string, string]>(`
    select one.path as referrer, other.path as reference
    from Refs join ValidPaths one on one.id = referrer join ValidPaths other on other.id = reference
    where one.path = ? or other.path = ?
  `);
  const references = select.all(storePath, storePath);
  using id = database.query<{ id: number }, [string]>("select id from ValidPaths where path = ?");
  const found = id.get(storePath)?.id;
  if (found === undefined) return [];
  database.run("delete from Refs where referrer = ? or reference = ?", [found, found]);
  database.run("delete from ValidPaths where id = ?", [found]);
  return references;
}

/**
 * Adds references between paths that are valid; others are left out.
 *
 * @throws {InstallerError} with reason `disk`.
 */
export function addReferences(root: string, references: readonly StoreReference[]): void {
  withDatabase(root, (database) => {
    const ids = pathIds(database);
    using insert = database.query<void, [number, number]>(
      "insert or ignore into Refs (referrer, reference) values (?, ?)",
    );
    const add = database.transaction(() => {
      for (const { referrer, reference } of references) {
        const [one, other] = [ids.get(referrer), ids.get(reference)];
        if (one !== undefined && other !== undefined) insert.run(one, other);
      }
    });
    add();
  });
}

/** A database may have come to nothing but its file. */
function hasTable(database: Database): boolean {
  using find = database.query("select 1 from sqlite_master where name = 'ValidPaths'");
  return find.get() !== null;
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
  using remove = database.query<void, [number]>("delete from Refs where referrer = ?");
  for (const { storePath, references } of paths) {
    const referrer = idOf(ids, storePath, storePath);
    remove.run(referrer);
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
