import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../../package.json";
import { errorMessage, InstallerError } from "../errors.ts";
import type { Facts } from "../facts/facts.ts";
import type { ManifestText } from "../manifest/positions.ts";
import { withoutSecrets } from "../manifest/without-secrets.ts";
import { type DocumentInputs, planDocument } from "../plan/document/plan-document.ts";
import type { RunLog } from "../run/log.ts";
import { printableJson } from "../run/terminal/printable-json.ts";
import { portableNix } from "../store/portable/nix.ts";
import { makeDirectoryInRoot, resolveInRoot } from "../system/root-path.ts";

/** Where the installed system keeps how it was made. `docs/records.md` says what is in it. */
const recordsDirectory = "/var/log/installer";

/** What {@link keepRecords} keeps. */
export interface Records extends DocumentInputs {
  readonly log: RunLog;
  readonly source: ManifestText | undefined;
}

/** The version of the portable store's Nix, by its store path's name; `undefined` without one. */
async function nixVersion(): Promise<string | undefined> {
  const path = await portableNix().catch(() => "");
  return /-nix-(?<version>\d[^-/]*)$/.exec(path)?.groups?.version;
}

/** With what the system was installed. */
async function versions({ liveSystem, system, tools, versions: known }: Facts) {
  return {
    installer: version,
    bun: process.versions.bun,
    nix: await nixVersion(),
    kernel: liveSystem.kernel,
    liveSystem: liveSystem.name,
    system,
    tools: Object.fromEntries(
      Object.entries(tools).map(([name, path]) => [name, { path, version: known[name] }]),
    ),
  };
}

function json(data: unknown): string {
  return `${printableJson(data, 2)}\n`;
}

/**
 * Where a record goes: a path of the target, on the live system, at which there is nothing. What a file system that is
 * kept has there is removed: a link could lead to a file of the live system.
 *
 * @throws {InstallerError} `system` when a directory on the way is none.
 */
async function recordPath(root: string, name: string): Promise<string> {
  await makeDirectoryInRoot(root, recordsDirectory, 0o700);
  const path = join(await resolveInRoot(root, recordsDirectory), name);
  await rm(path, { force: true });
  return path;
}

/**
 * Writes a record, for root only.
 *
 * @throws {InstallerError} `system` when a directory on the way is none, and the file system's errors.
 */
export async function writeRecord(root: string, name: string, text: string): Promise<void> {
  await writeFile(await recordPath(root, name), text, { flag: "wx", mode: 0o600 });
}

/**
 * Leaves in the installed system how it was made, for root only: the log so far, the manifest without passwords, the
 * plan, the facts and the versions.
 *
 * @throws {InstallerError} `system` when that is not possible; the log stays where it is.
 */
export async function keepRecords(records: Records): Promise<void> {
  const { log, plan, facts, source } = records;
  try {
    const keep = (name: string, contents: string) => writeRecord(plan.root, name, contents);
    if (source !== undefined) await keep("manifest.toml", withoutSecrets(source.text));
    await keep("plan.json", json(planDocument(records)));
    await keep("facts.json", json(facts));
    await keep("versions.json", json(await versions(facts)));
    log.copyTo(await recordPath(plan.root, "install.log"));
  } catch (cause) {
    const message = `the log stays at ${log.path}: it cannot be kept in the installed system`;
    throw new InstallerError("system", `${message} (${errorMessage(cause)})`, { cause });
  }
}
