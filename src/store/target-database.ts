import { Database } from "bun:sqlite";
import { existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { diskError } from "./disk-error.ts";
import { syncDirectory, writeDurably } from "./durable-file.ts";
import { schemaVersion } from "./target-schema.ts";

/** Bytes that Nix keeps on disk so that it can still collect garbage when the disk is full. */
const reservedSize = 8 * 2 ** 20;

/** What SQLite keeps beside a database while it works, by what their names have behind the database's. */
const companionSuffixes = ["-journal", "-wal", "-shm"] as const;

/** What a damaged database is kept as. */
const damagedSuffix = ".damaged";

function databaseDirectory(root: string): string {
  return join(root, "nix/var/nix/db");
}

function databaseFile(root: string): string {
  return join(databaseDirectory(root), "db.sqlite");
}

/** Whether the store below `root` has a database, which may be empty. */
export function hasDatabase(root: string): boolean {
  return existsSync(databaseFile(root));
}

/**
 * Does something with the database of the Nix store below `root`, which is made if there is none. What is committed stays
 * after a power cut.
 *
 * @throws {InstallerError} with reason `disk` if it cannot be read or written, or is of another version; and what `use`
 * throws.
 */
export function withDatabase<Result>(root: string, use: (database: Database) => Result): Result {
  const file = databaseFile(root);
  checkVersion(join(databaseDirectory(root), "schema"));
  try {
    using database = new Database(file, { create: true, readwrite: true, strict: true });
    // Also the name of the journal is off the disk before a transaction counts as done.
    database.run("pragma synchronous = extra");
    return use(database);
  } catch (error) {
    throw databaseError(file, error);
  }
}

/**
 * Sees to it that the database of the Nix store below `root` can be used, if there is one: what a transaction left that was
 * broken off is undone by SQLite, and a database that is damaged all the same is put aside, so that a new one is made of what
 * is known of the closure.
 *
 * @param log Is told of a database that was damaged.
 * @throws {InstallerError} as {@link withDatabase}.
 */
export function mendDatabase(root: string, log: (level: "warning", message: string) => void): void {
  if (!hasDatabase(root)) return;
  const problem = databaseProblem(root);
  if (problem === undefined) return;
  const file = databaseFile(root);
  try {
    for (const suffix of ["", ...companionSuffixes]) {
      rmSync(`${file}${damagedSuffix}${suffix}`, { force: true });
      if (existsSync(file + suffix)) renameSync(file + suffix, `${file}${damagedSuffix}${suffix}`);
    }
    syncDirectory(databaseDirectory(root));
  } catch (error) {
    throw databaseError(file, error);
  }
  log(
    "warning",
    `${file} is damaged (${problem}): it is made anew from the closure, and what else was registered is not any more; the old one is kept as db.sqlite${damagedSuffix}`,
  );
}

/**
 * Makes the files that Nix expects beside its database, those that are missing or half-written.
 *
 * @throws {InstallerError} with reason `disk`.
 */
export function writeCompanions(root: string): void {
  const directory = databaseDirectory(root);
  const [reserved, lock, schema] = ["reserved", "big-lock", "schema"].map((name) =>
    join(directory, name),
  );
  if (reserved === undefined || lock === undefined || schema === undefined) return;
  try {
    const size = statSync(reserved, { throwIfNoEntry: false })?.size;
    if (size !== reservedSize) writeDurably(reserved, Buffer.alloc(reservedSize), 0o600);
    if (!existsSync(lock)) writeDurably(lock, "", 0o600);
    if (versionIn(schema) === undefined) writeDurably(schema, String(schemaVersion), 0o644);
  } catch (error) {
    throw databaseError(directory, error);
  }
}

/** What is wrong with the database, in SQLite's words; `undefined` for one that is as it should be, or empty. */
function databaseProblem(root: string): string | undefined {
  try {
    return withDatabase(root, (database) => {
      using check = database.query<{ integrity_check: string }, []>("pragma integrity_check(1)");
      const [row] = check.all();
      return row === undefined || row.integrity_check === "ok"
        ? undefined
        : row.integrity_check.replace(/^\*{3}.*\*{3}\n/, "");
    });
  } catch (error) {
    const cause = error instanceof InstallerError ? error.cause : error;
    const code = errorCode(cause) ?? "";
    if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) throw error;
    return errorMessage(cause);
  }
}

function checkVersion(file: string): void {
  const version = versionIn(file);
  if (version === undefined || version === String(schemaVersion)) return;
  throw new InstallerError(
    "disk",
    `${file} says that the store's database has version ${version}`,
    {
      object: file,
      hint: `Only version ${schemaVersion} can be written; empty the file system or bring the store up to date with its own Nix.`,
    },
  );
}

/** The version in the file `schema`; `undefined` where it is missing, or came out of a power cut empty. */
function versionIn(file: string): string | undefined {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return /^\d+/.exec(text)?.[0];
}

function databaseError(file: string, error: unknown): unknown {
  const known = diskError(error, `${file} cannot be used`, { object: file, place: { path: file } });
  if (known instanceof InstallerError) return known;
  return new InstallerError("disk", `${file}: ${errorMessage(error)}`, {
    cause: error,
    object: file,
  });
}
