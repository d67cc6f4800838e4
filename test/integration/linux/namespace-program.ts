/*
 * Does what the install command does first, mounts something on /nix, and tells on standard output what it then sees.
 */
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { errorMessage, InstallerError } from "../../../src/errors.ts";
import { mount } from "../../../src/linux/mount.ts";
import { enterMountNamespace } from "../../../src/linux/namespace.ts";

/** What {@link ../linux/namespace-program.ts} reports; file system paths are as it sees them. */
export interface NamespaceReport {
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: string;
  readonly root: readonly string[];
  /** Entries of `/nix` before the program mounted on it. */
  readonly nix: readonly string[];
  readonly nixIsDirectory: boolean;
  readonly devices: readonly string[];
  /** `/proc/PID/mountinfo` of this process and of the one that started it. */
  readonly mounts: string;
  readonly parentMounts: string;
}

if (import.meta.main) {
  try {
    enterMountNamespace();
    const nix = readdirSync("/nix");
    mount("landfall-test", "/nix", "tmpfs", 0);
    writeFileSync("/nix/portable", "ours");
    const report: NamespaceReport = {
      arguments: process.argv.slice(2),
      directory: process.cwd(),
      environment: process.env,
      input: await Bun.stdin.text(),
      root: readdirSync("/").toSorted(),
      nix,
      nixIsDirectory: lstatSync("/nix").isDirectory(),
      devices: readdirSync("/dev"),
      mounts: readFileSync("/proc/self/mountinfo", "utf8"),
      parentMounts: readFileSync(`/proc/${process.ppid}/mountinfo`, "utf8"),
    };
    console.log(JSON.stringify(report));
  } catch (error) {
    console.error(errorMessage(error));
    if (error instanceof InstallerError) {
      console.error(error.hint);
      process.exitCode = error.exitCode;
    } else {
      process.exitCode = 1;
    }
  }
}
